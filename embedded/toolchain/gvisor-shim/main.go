// gVisor's own shim, as containerd 1.6 starts one.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/pkg/shim"
	runsc "gvisor.dev/gvisor/pkg/shim/v1"
	_ "gvisor.dev/gvisor/pkg/shim/v1/plugin"
)

func main() {
	shim.Run(context.Background(), manager{runsc.NewShimManager("io.containerd.runsc.v1")})
}

type manager struct{ shim.Manager }

// Start makes the process that serves one container, and prints its socket alone: containerd 1.6 does not read the JSON
// that newer ones are given. gVisor's own also lowers the process' OOM score, which ends the start where root lacks
// CAP_SYS_RESOURCE.
func (manager) Start(ctx context.Context, id string, opts shim.StartOpts) (shim.BootstrapParams, error) {
	address, err := start(ctx, id, opts)
	if err != nil {
		return shim.BootstrapParams{}, err
	}
	fmt.Print(address)
	os.Exit(0)
	return shim.BootstrapParams{}, nil
}

func start(ctx context.Context, id string, opts shim.StartOpts) (string, error) {
	namespace, err := namespaces.NamespaceRequired(ctx)
	if err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	address, err := shim.SocketAddress(ctx, opts.Address, id, opts.Debug)
	if err != nil {
		return "", err
	}
	socket, err := shim.NewSocket(address)
	if err != nil {
		return "", err
	}
	file, err := socket.File()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile("address", []byte(address), 0o600); err != nil {
		return "", err
	}
	command := exec.Command(self, "-namespace", namespace, "-address", opts.Address, "-id", id)
	command.ExtraFiles = []*os.File{file}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return "", err
	}
	return address, shim.WritePidFile("shim.pid", command.Process.Pid)
}
