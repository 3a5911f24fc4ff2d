// Evaluates LogQL over log lines that are given, with Loki's own engine.
//
// logcli --stdin answers no metric queries ("metrics Query: not supported", pkg/logcli/client/file.go), and rules are
// metric queries. In: {"time", "streams": [{"labels", "entries": [{"time", "line"}]}], "queries"} as JSON. Out: for each
// query its instant vector or its error.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/grafana/dskit/user"
	"github.com/grafana/loki/v3/pkg/logproto"
	"github.com/grafana/loki/v3/pkg/logql"
	"github.com/prometheus/prometheus/promql"
)

type input struct {
	Time    time.Time
	Streams []struct {
		Labels  string
		Entries []struct {
			Time time.Time
			Line string
		}
	}
	Queries []string
}

type sample struct {
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}

type answer struct {
	Samples []sample `json:"samples,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func evaluate(engine *logql.QueryEngine, query string, at time.Time) ([]sample, error) {
	params, err := logql.NewLiteralParams(query, at, at, 0, 0, logproto.FORWARD, 0, nil, nil)
	if err != nil {
		return nil, err
	}
	result, err := engine.Query(params).Exec(user.InjectOrgID(context.Background(), "test"))
	if err != nil {
		return nil, err
	}
	vector, ok := result.Data.(promql.Vector)
	if !ok {
		return nil, fmt.Errorf("gives a %s, and a rule needs a vector", result.Data.Type())
	}
	samples := []sample{}
	for _, each := range vector {
		samples = append(samples, sample{Labels: each.Metric.Map(), Value: each.F})
	}
	return samples, nil
}

func main() {
	var given input
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	streams := []logproto.Stream{}
	for _, stream := range given.Streams {
		entries := []logproto.Entry{}
		for _, entry := range stream.Entries {
			entries = append(entries, logproto.Entry{Timestamp: entry.Time, Line: entry.Line})
		}
		streams = append(streams, logproto.Stream{Labels: stream.Labels, Entries: entries})
	}
	engine := logql.NewEngine(logql.EngineOpts{}, logql.NewMockQuerier(0, streams), logql.NoLimits, nil)
	answers := []answer{}
	for _, query := range given.Queries {
		samples, err := evaluate(engine, query, given.Time)
		if err != nil {
			answers = append(answers, answer{Error: err.Error()})
			continue
		}
		answers = append(answers, answer{Samples: samples})
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
