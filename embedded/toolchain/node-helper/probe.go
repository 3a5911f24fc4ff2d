package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"errors"
)

type tried struct {
	Target string `json:"target"`
	// open, refused (something answered: the packet got there), closed (nothing came back) or error.
	Outcome string `json:"outcome"`
	Detail  string `json:"detail,omitempty"`
	Millis  int64  `json:"millis"`
}

// runProbe reads targets ("tcp 10.244.0.5:8080", "udp 10.96.0.10:53"), one a line, tries all of them at once and prints
// each outcome as a line of JSON.
func runProbe(args []string) error {
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	timeout := flags.Duration("timeout", time.Second, "how long nothing may come back")
	retries := flags.Int("retries", 0, "how often a target that is closed is tried again")
	parallel := flags.Int("parallel", 256, "targets at once")
	if err := flags.Parse(args); err != nil {
		return err
	}
	targets := flags.Args()
	if len(targets) == 0 {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); line != "" {
				targets = append(targets, line)
			}
		}
	}
	var wait sync.WaitGroup
	var print sync.Mutex
	slots := make(chan struct{}, *parallel)
	encoder := json.NewEncoder(os.Stdout)
	for _, target := range targets {
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer wait.Done()
			result := try(target, *timeout)
			// A refusal is an answer: asking again would only meet the kernel's limit of such answers (icmp(7)).
			for attempt := 0; attempt < *retries && result.Outcome != "open" && result.Outcome != "refused"; attempt++ {
				result = try(target, *timeout)
			}
			<-slots
			print.Lock()
			defer print.Unlock()
			_ = encoder.Encode(result)
		}()
	}
	wait.Wait()
	return nil
}

func try(target string, timeout time.Duration) tried {
	began := time.Now()
	outcome, detail := attempt(target, timeout)
	return tried{Target: target, Outcome: outcome, Detail: detail, Millis: time.Since(began).Milliseconds()}
}

func attempt(target string, timeout time.Duration) (outcome, detail string) {
	network, address, _ := strings.Cut(target, " ")
	conn, err := net.DialTimeout(network, address, timeout)
	if err != nil {
		return failed(err)
	}
	defer conn.Close()
	if network != "udp" {
		return "open", ""
	}
	_ = conn.SetDeadline(time.Now().Add(timeout))
	if _, err := conn.Write(question); err != nil {
		return failed(err)
	}
	buffer := make([]byte, 512)
	read, err := conn.Read(buffer)
	if err != nil {
		return failed(err)
	}
	return "open", fmt.Sprintf("%d bytes", read)
}

func failed(err error) (outcome, detail string) {
	var network net.Error
	switch {
	case errors.As(err, &network) && network.Timeout():
		return "closed", ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused", ""
	default:
		return "error", err.Error()
	}
}

// question asks a DNS server for the root's name servers (RFC 1035 §4.1); anything else answers whatever comes.
var question = []byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1}
