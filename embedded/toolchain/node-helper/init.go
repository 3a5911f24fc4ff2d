package main

import (
	"os"
	"os/signal"
	"syscall"
)

// runInit is process 1 of a node's namespaces: it collects what nobody else waits for. When it ends, the kernel ends
// everything else in them.
func runInit(args []string) error {
	if len(args) == 1 {
		if err := syscall.Sethostname([]byte(args[0])); err != nil {
			return err
		}
	}
	reapUntilTold()
	return nil
}

// runPause holds a pod's namespaces, as pause of Kubernetes does.
func runPause([]string) error {
	reapUntilTold()
	return nil
}

func reapUntilTold() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGINT)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if pid <= 0 || err != nil {
				break
			}
		}
	}
}
