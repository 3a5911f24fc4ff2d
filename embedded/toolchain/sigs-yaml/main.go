// Command sigs-yaml reads documents, one JSON string a line, and writes what sigs.k8s.io/yaml makes of each: the reader
// of kubectl. The conformance run holds the scanner's own reader against it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

type result struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func read(document string) (read result) {
	// The library has been seen to panic on hostile text, which is a refusal too.
	defer func() {
		if problem := recover(); problem != nil {
			read = result{Error: fmt.Sprint(problem)}
		}
	}()
	value, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		return result{Error: err.Error()}
	}
	return result{Value: value}
}

func main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	writer := bufio.NewWriter(os.Stdout)
	defer writer.Flush()
	out := json.NewEncoder(writer)
	for in.More() {
		var document string
		if err := in.Decode(&document); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := out.Encode(read(document)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
