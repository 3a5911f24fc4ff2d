package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settings of the node, written by the embedded cluster.
type settings struct {
	Server      string              `json:"server"`
	CA          string              `json:"ca"`
	Certificate string              `json:"certificate"`
	Key         string              `json:"key"`
	Runtimes    map[string][]string `json:"runtimes"`
}

const (
	settingsFile = "/etc/mijnbureau/node.json"
	bundles      = "/run/containerd/io.containerd.runtime.v2.task/k8s.io"
	podCache     = "/run/mijnbureau/pods"
	// marker is in the image of a stand-in only.
	marker = "stand-in"
	// unset is the second word of that image's entry point.
	unset = "unset"
)

// runRuntime stands between containerd and the runtime of that name. It changes nothing but the command of a stand-in:
// the pod that the API server admitted stays as it is, and so does everything else of its container.
func runRuntime(name string, args []string) error {
	text, err := os.ReadFile(settingsFile)
	if err != nil {
		return err
	}
	var node settings
	if err := json.Unmarshal(text, &node); err != nil {
		return err
	}
	if err := rewrite(node, args); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	command := node.Runtimes[name]
	if len(command) == 0 {
		return fmt.Errorf("this node has no runtime %s", name)
	}
	return syscall.Exec(command[0], slices.Concat(command, args), os.Environ())
}

func rewrite(node settings, args []string) error {
	if slices.Contains(args, "create") {
		return rewriteCreate(node, valueOf(args, "--bundle"))
	}
	if slices.Contains(args, "exec") {
		return rewriteExec(valueOf(args, "--process"), args[len(args)-1])
	}
	return nil
}

func valueOf(args []string, option string) string {
	for index, each := range args {
		if each == option && index+1 < len(args) {
			return args[index+1]
		}
		if value, found := strings.CutPrefix(each, option+"="); found {
			return value
		}
	}
	return ""
}

func isStandIn(bundle string) bool {
	_, err := os.Stat(filepath.Join(bundle, "rootfs", marker))
	return err == nil
}

func rewriteCreate(node settings, bundle string) error {
	if !isStandIn(bundle) {
		return nil
	}
	file := filepath.Join(bundle, "config.json")
	return change(file, func(spec map[string]any) error {
		process, _ := spec["process"].(map[string]any)
		if isOurs(process) {
			return nil
		}
		notes, _ := spec["annotations"].(map[string]any)
		command, err := standInCommand(node, notes, process)
		if err != nil {
			return err
		}
		process["args"] = command
		environment, _ := process["env"].([]any)
		process["env"] = append(environment, fmt.Sprint("STAND_IN_FOR=", notes["io.kubernetes.cri.image-name"]))
		return nil
	})
}

// isOurs tells a command that is meant for the stand-in itself from upstream's arguments, which come after the image's
// own entry point.
func isOurs(process map[string]any) bool {
	args, _ := process["args"].([]any)
	return len(args) > 1 && args[0] == "/"+marker && args[1] != unset
}

func rewriteExec(file, container string) error {
	if file == "" || !isStandIn(filepath.Join(bundles, container)) {
		return nil
	}
	return change(file, func(process map[string]any) error {
		args, _ := process["args"].([]any)
		if !isOurs(process) {
			process["args"] = append([]any{"/" + marker, "exec"}, args...)
		}
		return nil
	})
}

func change(file string, edit func(map[string]any) error) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var object map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return err
	}
	if err := edit(object); err != nil {
		return err
	}
	changed, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return os.WriteFile(file, changed, 0o600)
}

type port struct {
	Name          string `json:"name"`
	ContainerPort int    `json:"containerPort"`
	Protocol      string `json:"protocol"`
}

type endpoint struct {
	Port json.RawMessage `json:"port"`
}

type probe struct {
	HTTPGet   *endpoint `json:"httpGet"`
	TCPSocket *endpoint `json:"tcpSocket"`
}

type container struct {
	Name           string `json:"name"`
	Ports          []port `json:"ports"`
	RestartPolicy  string `json:"restartPolicy"`
	LivenessProbe  *probe `json:"livenessProbe"`
	ReadinessProbe *probe `json:"readinessProbe"`
	StartupProbe   *probe `json:"startupProbe"`
}

type pod struct {
	Metadata struct {
		UID             string `json:"uid"`
		OwnerReferences []struct {
			Kind string `json:"kind"`
		} `json:"ownerReferences"`
	} `json:"metadata"`
	Spec struct {
		InitContainers []container `json:"initContainers"`
		Containers     []container `json:"containers"`
		RestartPolicy  string      `json:"restartPolicy"`
	} `json:"spec"`
}

func standInCommand(node settings, notes, process map[string]any) ([]any, error) {
	given, _ := process["args"].([]any)
	if len(given) > 1 && given[1] == unset {
		given = given[2:]
	}
	name := fmt.Sprint(notes["io.kubernetes.cri.container-name"])
	owner, err := podOf(node, notes)
	if err != nil {
		return nil, err
	}
	for _, each := range owner.Spec.InitContainers {
		if each.Name == name && each.RestartPolicy != "Always" {
			return append([]any{"/" + marker, "complete"}, given...), nil
		}
	}
	if owner.Spec.RestartPolicy != "Always" && owner.Spec.RestartPolicy != "" {
		return append([]any{"/" + marker, "complete"}, given...), nil
	}
	serve := []any{"/" + marker, "serve"}
	for _, each := range slices.Concat(owner.Spec.InitContainers, owner.Spec.Containers) {
		if each.Name == name {
			serve = append(serve, portsOf(each)...)
		}
	}
	return serve, nil
}

// portsOf are the ports that a container declares, and those that its probes ask by number.
func portsOf(of container) []any {
	var found []any
	include := func(number int, protocol string) {
		if protocol == "" {
			protocol = "TCP"
		}
		if text := fmt.Sprintf("%d/%s", number, protocol); !slices.Contains(found, any(text)) {
			found = append(found, text)
		}
	}
	for _, each := range of.Ports {
		include(each.ContainerPort, each.Protocol)
	}
	for _, each := range []*probe{of.LivenessProbe, of.ReadinessProbe, of.StartupProbe} {
		if each == nil {
			continue
		}
		for _, asked := range []*endpoint{each.HTTPGet, each.TCPSocket} {
			var number int
			if asked != nil && json.Unmarshal(asked.Port, &number) == nil {
				include(number, "TCP")
			}
		}
	}
	return found
}

// podOf asks the API server once for each sandbox: a container may start again while that is away.
func podOf(node settings, notes map[string]any) (pod, error) {
	cached := filepath.Join(podCache, fmt.Sprint(notes["io.kubernetes.cri.sandbox-id"]))
	var found pod
	if text, err := os.ReadFile(cached); err == nil {
		return found, json.Unmarshal(text, &found)
	}
	path := fmt.Sprintf("/api/v1/namespaces/%v/pods/%v", notes["io.kubernetes.cri.sandbox-namespace"], notes["io.kubernetes.cri.sandbox-name"])
	client, err := apiClient(node)
	if err != nil {
		return found, err
	}
	answer, err := client.Get(node.Server + path)
	if err != nil {
		return found, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return found, fmt.Errorf("GET %s: %s %.200s", path, answer.Status, text)
	}
	if err := os.MkdirAll(podCache, 0o700); err == nil {
		_ = os.WriteFile(cached, text, 0o600)
	}
	return found, json.Unmarshal(text, &found)
}

func apiClient(node settings) (*http.Client, error) {
	pair, err := tls.LoadX509KeyPair(node.Certificate, node.Key)
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(node.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}, nil
}
