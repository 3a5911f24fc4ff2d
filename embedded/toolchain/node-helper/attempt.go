package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

type attempted struct {
	Name    string `json:"name"`
	Success bool   `json:"success"`
	Detail  string `json:"detail,omitempty"`
}

// runAttempt does what somebody would who has taken over a container, and prints what came of each. None of it harms a
// machine on which it succeeds.
func runAttempt(args []string) error {
	encoder := json.NewEncoder(os.Stdout)
	for _, each := range args {
		name, rest, _ := strings.Cut(each, "=")
		work, known := attempts[name]
		if !known {
			return fmt.Errorf("no attempt %s", name)
		}
		// A thread of its own: what it becomes must not help the next one.
		done := make(chan error, 1)
		go func() {
			runtime.LockOSThread()
			done <- work(rest)
		}()
		result := attempted{Name: each, Success: true}
		if err := <-done; err != nil {
			result = attempted{Name: each, Detail: err.Error()}
		}
		if err := encoder.Encode(result); err != nil {
			return err
		}
	}
	return nil
}

func raw(number uintptr, args ...uintptr) error {
	var full [6]uintptr
	copy(full[:], args)
	_, _, code := syscall.RawSyscall6(number, full[0], full[1], full[2], full[3], full[4], full[5])
	if code != 0 {
		return code
	}
	return nil
}

func opens(path string, flags int) error {
	file, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if flags == os.O_RDONLY {
		// The kernel's log gives whole lines only.
		_, err = file.Read(make([]byte, 8192))
	}
	return err
}

var attempts = map[string]func(argument string) error{
	// Kernel interfaces that only a capability or a lenient seccomp profile opens.
	"mount-tmpfs":     func(string) error { return unix.Mount("none", "/tmp", "tmpfs", 0, "") },
	"remount-root":    func(string) error { return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, "") },
	"unshare-mount":   func(string) error { return unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS) },
	"unshare-network": func(string) error { return unix.Unshare(unix.CLONE_NEWNET) },
	"unshare-user": func(string) error {
		return (&exec.Cmd{Path: "/stand-in", Args: []string{"/stand-in", "version"}, SysProcAttr: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}}).Run()
	},
	"set-hostname": func(string) error { return unix.Sethostname([]byte("taken")) },
	"chroot":       func(string) error { return unix.Chroot("/") },
	"become-root":  func(string) error { return raw(unix.SYS_SETUID, 0) },
	"become-other": func(string) error { return raw(unix.SYS_SETUID, 4242) },
	"drop-groups":  func(string) error { return raw(unix.SYS_SETGROUPS, 0, 0) },
	"make-device": func(string) error {
		defer os.Remove("/dev/shm/device")
		return unix.Mknod("/dev/shm/device", unix.S_IFBLK|0o600, 0)
	},
	"raw-socket":    func(string) error { return socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_TCP) },
	"packet-socket": func(string) error { return socket(unix.AF_PACKET, unix.SOCK_RAW, int(htons(unix.ETH_P_ARP))) },
	"nice":          func(string) error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -5) },
	"kernel-log":    func(string) error { return kernelLog() },
	"load-bpf":      func(string) error { return loadBPF() },
	"key-ring":      func(string) error { _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true); return err },
	// UFFD_USER_MODE_ONLY needs no capability (userfaultfd(2)).
	"userfault":     func(string) error { return raw(unix.SYS_USERFAULTFD, 1) },
	"no-randomize":  func(string) error { return raw(unix.SYS_PERSONALITY, addressNoRandomize) },
	"memory-policy": func(string) error { return raw(unix.SYS_GET_MEMPOLICY, 0, 0, 0, 0, 0) },
	"handle":        func(string) error { return byHandle() },
	"set-time":      func(string) error { return setTime() },
	"join-network":  func(pid string) error { return joinNetwork(pid) },
	"route":         func(string) error { return addAddress() },
	"lock-memory":   func(string) error { return lockMemory() },
	// Files.
	"read":   func(path string) error { return opens(path, os.O_RDONLY) },
	"write":  func(path string) error { return opens(path, os.O_WRONLY) },
	"create": func(folder string) error { return createIn(folder) },
	"list":   func(folder string) error { return list(folder) },
	// Programs of the node.
	"connect": func(path string) error { return connect(path) },
	"see":     func(program string) error { return see(program) },
	// The API server, with the token of the pod or none.
	"token": func(string) error { return opens(tokenFile, os.O_RDONLY) },
	"api":   func(line string) error { return askAPI(line, "") },
	// "user GET /path": in the name of somebody else.
	"api-as": func(line string) error {
		user, rest, _ := strings.Cut(line, " ")
		return askAPI(rest, user)
	},
	// Bombs.
	"fork":   func(count string) error { return fork(count) },
	"memory": func(megabytes string) error { return allocate(megabytes) },
	"fill":   func(rest string) error { return fill(rest) },
	// A neighbour's answers, in its name.
	"spoof-address": func(address string) error { return spoof(address) },
	"spoof-arp":     func(address string) error { return spoofARP(address) },
	"dns":           func(server string) error { return askDNS(server) },
}

func socket(family, kind, protocol int) error {
	made, err := unix.Socket(family, kind, protocol)
	if err == nil {
		_ = unix.Close(made)
	}
	return err
}

func htons(value uint16) uint16 { return value<<8 | value>>8 }

// kernelLog asks for what needs CAP_SYSLOG whatever dmesg_restrict says, and changes nothing: the console stays on
// (syslog(2)).
func kernelLog() error {
	_, err := unix.Klogctl(unix.SYSLOG_ACTION_CONSOLE_ON, nil)
	return err
}

func loadBPF() error {
	// BPF_MAP_CREATE of a one-element array (bpf(2)).
	attributes := struct{ kind, key, value, entries, flags uint32 }{2, 4, 4, 1, 0}
	return raw(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes))
}

func byHandle() error {
	handle, mount, err := unix.NameToHandleAt(unix.AT_FDCWD, "/dev/shm", 0)
	if err != nil {
		return err
	}
	_ = mount
	folder, err := os.Open("/dev/shm")
	if err != nil {
		return err
	}
	defer folder.Close()
	made, err := unix.OpenByHandleAt(int(folder.Fd()), handle, unix.O_RDONLY)
	if err == nil {
		_ = unix.Close(made)
	}
	return err
}

func setTime() error {
	// The time that it is already.
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME, &now); err != nil {
		return err
	}
	return raw(unix.SYS_CLOCK_SETTIME, unix.CLOCK_REALTIME, uintptr(unsafe.Pointer(&now)))
}

func joinNetwork(pid string) error {
	file, err := os.Open("/proc/" + pid + "/ns/net")
	if err != nil {
		return err
	}
	defer file.Close()
	return unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
}

// addAddress sets the flags of an interface to what they are, which needs CAP_NET_ADMIN (netdevice(7)).
func addAddress() error {
	made, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(made)
	interfaceRequest, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(made, unix.SIOCGIFFLAGS, interfaceRequest); err != nil {
		return err
	}
	return unix.IoctlIfreq(made, unix.SIOCSIFFLAGS, interfaceRequest)
}

func lockMemory() error {
	return unix.Mlock(make([]byte, 32<<20))
}

func createIn(folder string) error {
	file, err := os.CreateTemp(folder, "attempt-")
	if err != nil {
		return err
	}
	_ = file.Close()
	return os.Remove(file.Name())
}

func list(folder string) error {
	found, err := os.ReadDir(folder)
	if err == nil && len(found) == 0 {
		return fmt.Errorf("%s is empty", folder)
	}
	return err
}

// addressNoRandomize of personality(2).
const addressNoRandomize = 0x0040000

const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// askAPI sends "GET /path" or "POST /path body" with the pod's token; only an answer of 2xx is a success.
func askAPI(line, impersonated string) error {
	method, rest, _ := strings.Cut(line, " ")
	path, body, _ := strings.Cut(rest, " ")
	server := path
	if strings.HasPrefix(path, "/") {
		server = "https://172.18.0.2:6443" + path
	}
	request, err := http.NewRequest(method, server, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if impersonated != "" {
		request.Header.Set("Impersonate-User", impersonated)
	}
	if token, err := os.ReadFile(tokenFile); err == nil {
		request.Header.Set("Authorization", "Bearer "+string(token))
	}
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s", answer.Status)
	}
	return nil
}

// fork has a child start so many threads, which count as processes do and need no memory to speak of. Go ends a program
// that gets no thread.
func fork(text string) error {
	count, inChild := strings.CutPrefix(text, "child:")
	if !inChild {
		return exec.Command("/stand-in", "attempt", "fork=child:"+text).Run()
	}
	wanted, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	started, stay := make(chan struct{}), make(chan struct{})
	for range wanted {
		go func() {
			runtime.LockOSThread()
			started <- struct{}{}
			<-stay
		}()
	}
	for range wanted {
		<-started
	}
	return nil
}

// allocate touches so much memory in a child, which the kernel may kill.
func allocate(text string) error {
	if megabytes, inChild := strings.CutPrefix(text, "child:"); inChild {
		size, err := strconv.Atoi(megabytes)
		if err != nil {
			return err
		}
		held := make([][]byte, 0, size)
		for range size {
			block := make([]byte, 1<<20)
			for index := 0; index < len(block); index += 4096 {
				block[index] = 1
			}
			held = append(held, block)
		}
		runtime.KeepAlive(held)
		return nil
	}
	return exec.Command("/stand-in", "attempt", "memory=child:"+text).Run()
}

// fill writes so many megabytes into a folder ("folder:megabytes"), and waits for who would object.
func fill(rest string) error {
	folder, size, _ := strings.Cut(rest, ":")
	megabytes, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	name := filepath.Join(folder, "fill")
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer os.Remove(name)
	defer file.Close()
	block := make([]byte, 1<<20)
	for range megabytes {
		if _, err := file.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// spoof sends a datagram in somebody else's name (a raw socket with IP_HDRINCL).
func spoof(address string) error {
	made, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		return err
	}
	defer unix.Close(made)
	from, to := net.ParseIP(address).To4(), [4]byte{127, 0, 0, 1}
	header := make([]byte, 28)
	header[0], header[3], header[8], header[9] = 0x45, 28, 64, 17
	copy(header[12:16], from)
	copy(header[16:20], to[:])
	header[22], header[23], header[25] = 0x27, 0x0f, 8
	return unix.Sendto(made, header, 0, &unix.SockaddrInet4{Addr: to})
}

// spoofARP tells the neighbours that an address of theirs is here: an ARP reply to all (RFC 826).
func spoofARP(address string) error {
	made, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, int(htons(unix.ETH_P_ARP)))
	if err != nil {
		return err
	}
	defer unix.Close(made)
	link, err := net.InterfaceByName("eth0")
	if err != nil {
		return err
	}
	everybody := net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	claimed := []byte(net.ParseIP(address).To4())
	frame := slices.Concat([]byte(everybody), link.HardwareAddr, []byte{0x08, 0x06},
		[]byte{0, 1, 0x08, 0, 6, 4, 0, 2}, link.HardwareAddr, claimed, everybody, claimed)
	to := &unix.SockaddrLinklayer{Ifindex: link.Index, Protocol: htons(unix.ETH_P_ARP), Halen: 6}
	copy(to.Addr[:], everybody)
	return unix.Sendto(made, frame, 0, to)
}

func connect(path string) error {
	made, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = made.Close()
	}
	return err
}

// see looks for a program among the processes.
func see(program string) error {
	found, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return err
	}
	for _, each := range found {
		if name, err := os.ReadFile(each); err == nil && strings.TrimSpace(string(name)) == program {
			return nil
		}
	}
	return fmt.Errorf("no %s among %d processes", program, len(found))
}

func askDNS(server string) error {
	outcome, detail := attempt("udp "+server+":53", 1500*time.Millisecond)
	if outcome == "open" || outcome == "refused" {
		return nil
	}
	return fmt.Errorf("%s %s", outcome, detail)
}
