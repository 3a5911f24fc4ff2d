// Judges NetworkPolicies with cyclonus' matcher: the second opinion for cli/verify/reachability.ts.
// Reads one JSON case per line on standard input, writes one JSON list of verdicts per line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

type peer struct {
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
	Labels          map[string]string `json:"labels"`
	IP              string            `json:"ip"`
	External        bool              `json:"external"`
}

type traffic struct {
	From     peer        `json:"from"`
	To       peer        `json:"to"`
	Port     int         `json:"port"`
	PortName string      `json:"portName"`
	Protocol v1.Protocol `json:"protocol"`
}

type testCase struct {
	Policies []*networkingv1.NetworkPolicy `json:"policies"`
	Traffic  []traffic                     `json:"traffic"`
}

type verdict struct {
	Ingress bool `json:"ingress"`
	Egress  bool `json:"egress"`
}

func (p peer) trafficPeer() *matcher.TrafficPeer {
	if p.External {
		return &matcher.TrafficPeer{IP: p.IP}
	}
	return &matcher.TrafficPeer{
		IP: p.IP,
		Internal: &matcher.InternalPeer{
			Namespace:       p.Namespace,
			NamespaceLabels: p.NamespaceLabels,
			PodLabels:       p.Labels,
		},
	}
}

func judge(c testCase) []verdict {
	policy := matcher.BuildNetworkPolicies(false, c.Policies)
	verdicts := make([]verdict, 0, len(c.Traffic))
	for _, t := range c.Traffic {
		result := policy.IsTrafficAllowed(&matcher.Traffic{
			Source:           t.From.trafficPeer(),
			Destination:      t.To.trafficPeer(),
			ResolvedPort:     t.Port,
			ResolvedPortName: t.PortName,
			Protocol:         t.Protocol,
		})
		verdicts = append(verdicts, verdict{Ingress: result.Ingress.IsAllowed(), Egress: result.Egress.IsAllowed()})
	}
	return verdicts
}

func run(in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	for {
		var c testCase
		if err := decoder.Decode(&c); err == io.EOF {
			return writer.Flush()
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(judge(c)); err != nil {
			return err
		}
	}
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
