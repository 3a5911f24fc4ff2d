package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// runStatus prints what this process is allowed: what the kernel says of it, not what its pod asked for.
func runStatus([]string) error {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return err
	}
	defer file.Close()
	status := map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		status[name] = strings.TrimSpace(value)
	}
	groups, _ := os.Getgroups()
	kernel, _ := os.ReadFile("/proc/version")
	_, token := os.Stat("/var/run/secrets/kubernetes.io/serviceaccount/token")
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"uid": os.Getuid(), "gid": os.Getgid(), "groups": groups, "status": status,
		"rootWritable": writable("/"), "token": token == nil, "kernel": strings.TrimSpace(string(kernel)),
		"memoryLimit": limitOf("memory/memory.limit_in_bytes"), "pidsLimit": limitOf("pids/pids.max"),
	})
}

func writable(folder string) bool {
	file, err := os.CreateTemp(folder, "writable-")
	if err != nil {
		// Who may not write there by its own rights still tells a read-only file system from a writable one.
		return !strings.Contains(err.Error(), "read-only file system")
	}
	_ = file.Close()
	_ = os.Remove(file.Name())
	return true
}

func limitOf(file string) string {
	text, _ := os.ReadFile("/sys/fs/cgroup/" + file)
	return strings.TrimSpace(string(text))
}

// runWrite and runRead: an image without a shell has no other way to touch a file.
func runWrite(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("write: a path and a text are expected")
	}
	return os.WriteFile(args[0], []byte(args[1]), 0o644)
}

func runRead(args []string) error {
	for _, each := range args {
		text, err := os.ReadFile(each)
		if err != nil {
			return err
		}
		_, _ = os.Stdout.Write(text)
	}
	return nil
}
