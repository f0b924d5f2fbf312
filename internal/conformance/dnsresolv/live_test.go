package dnsresolv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// job is what the servers' process gets: scenarios for one resolver.
type job struct {
	Lookup    []string // the program that looks names up
	Dir       string
	Scenarios []scenario
}

const cSource = `
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include <sys/socket.h>
static const char *code(int rc) {
	switch (rc) {
	case 0: return "OK";
	case EAI_NONAME: return "EAI_NONAME";
	case EAI_AGAIN: return "EAI_AGAIN";
	case EAI_FAIL: return "EAI_FAIL";
#ifdef EAI_NODATA
	case EAI_NODATA: return "EAI_NODATA";
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY: return "EAI_ADDRFAMILY";
#endif
	case EAI_SYSTEM: return "EAI_SYSTEM";
	}
	return "?";
}
int main(int argc, char **argv) {
	struct addrinfo hints, *res, *p;
	memset(&hints, 0, sizeof hints);
	hints.ai_socktype = SOCK_STREAM;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-4")) { hints.ai_family = AF_INET; continue; }
		if (!strcmp(argv[i], "-6")) { hints.ai_family = AF_INET6; continue; }
		if (!strcmp(argv[i], "-a")) { hints.ai_flags |= AI_ADDRCONFIG; continue; }
		struct timespec a, b;
		clock_gettime(CLOCK_MONOTONIC, &a);
		res = 0;
		int rc = getaddrinfo(argv[i][0] == '=' ? argv[i] + 1 : argv[i], 0, &hints, &res);
		clock_gettime(CLOCK_MONOTONIC, &b);
		printf("%ld %s", (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000, code(rc));
		if (!rc) for (p = res; p; p = p->ai_next) {
			char buf[256];
			getnameinfo(p->ai_addr, p->ai_addrlen, buf, sizeof buf, 0, 0, NI_NUMERICHOST);
			printf(" %s", buf);
		}
		printf("\n");
		fflush(stdout);
	}
}
`

// lookupWithGo looks the arguments up with the pure Go resolver.
func lookupWithGo() {
	network := "ip"
	for _, name := range os.Args[1:] {
		switch name {
		case "-4":
			network = "ip4"
			continue
		case "-6":
			network = "ip6"
			continue
		case "-a":
			continue
		}
		name = strings.TrimPrefix(name, "=")
		begin := time.Now()
		addrs, err := (&net.Resolver{PreferGo: true}).LookupNetIP(context.Background(), network, name)
		code := "OK"
		var d *net.DNSError
		switch {
		case err == nil:
		case !errors.As(err, &d):
			code = "ERR"
		case d.IsNotFound:
			code = "NOTFOUND"
		case d.IsTimeout:
			code = "TIMEOUT"
		case d.IsTemporary:
			code = "TEMPORARY"
		default:
			code = "ERR"
		}
		fmt.Printf("%d %s", time.Since(begin).Milliseconds(), code)
		for _, a := range addrs {
			fmt.Printf(" %s", a.Unmap().WithZone(""))
		}
		fmt.Println()
	}
}

// TestLive lets real resolvers loose on scripted servers and compares what they ask with Walk. Each batch runs in a network and mount namespace of its own, for which
// the test needs the right to make one. glibc is looked at if cc is there, musl if CONFORMANCE_MUSL_CC names a compiler for it.
func TestLive(t *testing.T) {
	seed := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("CONFORMANCE_SEED"), 10, 64); err == nil {
		seed = n
	}
	each := 24
	if n, err := strconv.Atoi(os.Getenv("CONFORMANCE_LIVE_CASES")); err == nil {
		each = n
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	programs := map[dnsresolv.Dialect][]string{{Libc: dnsresolv.Go}: {self}}
	if d, program := glibcProgram(t, dir); program != "" {
		programs[d] = []string{program}
	}
	if cc := os.Getenv("CONFORMANCE_MUSL_CC"); cc != "" {
		d, err := dnsresolv.ParseDialect("musl-" + os.Getenv("CONFORMANCE_MUSL_VERSION"))
		if err != nil {
			t.Fatal(err)
		}
		programs[d] = []string{compile(t, dir, "musl", strings.Fields(cc)...)}
	}
	var sorted []dnsresolv.Dialect
	for d := range programs {
		sorted = append(sorted, d)
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].String() < sorted[j].String() })
	const workers = 8
	for _, d := range sorted {
		var mu sync.Mutex
		equal, skipped, total := 0, 0, 0
		var doubtful []int // cases that differed once
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				j := job{Lookup: programs[d], Dir: t.TempDir()}
				for i := w; i < each; i += workers {
					j.Scenarios = append(j.Scenarios, numberedScenario(seed, i, d.Libc))
				}
				results, err := runJob(self, j)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Logf("%v: cannot run: %v", d, err)
					skipped += len(j.Scenarios)
					return
				}
				for i, real := range results {
					total++
					if difference(&j.Scenarios[i], d, real) == "" {
						equal++
						continue
					}
					doubtful = append(doubtful, w+i*workers)
				}
			})
		}
		wg.Wait()
		for _, i := range doubtful {
			if again(t, self, programs[d], d, seed, i) {
				equal++
			}
		}
		t.Logf("%v: %d scenarios were tried again, since times differ on a busy machine", d, len(doubtful))
		t.Logf("%v: %d of %d live look-up scenarios equal, %d not run", d, equal, total, skipped)
		if total == 0 {
			t.Skip("cannot make namespaces here")
		}
	}
}

func numberedScenario(seed uint64, i int, l dnsresolv.Libc) scenario {
	return randomScenario(rand.New(rand.NewPCG(seed, uint64(i)<<8|uint64(l))), l)
}

// again runs one scenario by itself up to five times. A machine that is busy now and then delays answers and timers; what Walk gets wrong it gets wrong every time.
func again(t *testing.T, self string, program []string, d dnsresolv.Dialect, seed uint64, i int) bool {
	s := numberedScenario(seed, i, d.Libc)
	diff := ""
	for range 5 {
		results, err := runJob(self, job{Lookup: program, Dir: t.TempDir(), Scenarios: []scenario{s}})
		if err != nil {
			t.Errorf("seed %d, case %d, %v: %v", seed, i, d, err)
			return false
		}
		if diff = difference(&s, d, results[0]); diff == "" {
			return true
		}
	}
	text, _ := json.MarshalIndent(s, "", " ")
	t.Errorf("seed %d, case %d, %v:\n%s\n%s", seed, i, d, text, diff)
	return false
}

// difference compares Walk with a real look-up. Where A and AAAA come back at the same moment Go's goroutines may take them in either order, so it is
// given both.
func difference(s *scenario, d dnsresolv.Dialect, real observed) string {
	diff := s.play(d, 0).compare(real)
	for start := uint32(1); diff != "" && start < 3 && d.Libc == dnsresolv.Glibc && strings.Contains(s.ResolvConf, "rotate"); start++ {
		diff = s.play(d, start).compare(real) // the real start is random
	}
	if diff != "" && d.Libc == dnsresolv.Go {
		late := *s
		late.LateA = true
		if late.play(d, 0).compare(real) == "" {
			return ""
		}
	}
	if diff != "" && d.Libc == dnsresolv.Musl && strings.Count(s.ResolvConf, "nameserver") > 1 {
		// Which of several servers is first, and where the budget of resends goes, is a race: compare the names and the results.
		mine := s.play(d, 0)
		mine.Queries, real.Queries = mine.firsts(), real.firsts()
		return mine.compare(real)
	}
	return diff
}

// firsts returns the first query for each name.
func (o observed) firsts() []seen {
	var out []seen
	have := map[string]bool{}
	for _, q := range o.Queries {
		if !have[q.Name] {
			have[q.Name] = true
			out = append(out, seen{Name: q.Name, Type: "any", Server: "any"})
		}
	}
	return out
}

// TestGlibcAborts: a search entry that glibc until 2.41 does not survive (see the package's divergences), and one byte less that it does.
func TestGlibcAborts(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d, program := glibcProgram(t, dir)
	if program == "" || d.Version.AtLeast(dnsresolv.Version{Major: 2, Minor: 42}) {
		t.Skip("no glibc that aborts")
	}
	for _, tt := range []struct {
		first, second int // lengths of two search entries
		aborts        bool
	}{{1, 253, false}, {1, 254, true}, {55, 199, false}, {55, 200, true}, {56, 200, false}} {
		s := scenario{ResolvConf: "nameserver 127.0.0.1\nsearch " + strings.Repeat("a", tt.first) + " " + strings.Repeat("b", tt.second) + "\n", Names: []string{"foo"}, Kinds: []string{"nxdomain"}}
		_, err := runJob(self, job{Lookup: []string{program}, Dir: dir, Scenarios: []scenario{s}})
		aborted := err != nil && strings.Contains(err.Error(), "signal: aborted")
		if err != nil && !aborted {
			t.Skip(err)
		}
		if aborted != tt.aborts {
			t.Errorf("%v, entries of %d and %d bytes: aborted %v, want %v", d, tt.first, tt.second, aborted, tt.aborts)
		}
	}
}

// glibcProgram compiles the program that looks names up, "" if there is no compiler for glibc.
func glibcProgram(t *testing.T, dir string) (d dnsresolv.Dialect, program string) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return d, ""
	}
	if d, err = dnsresolv.ParseDialect("glibc-" + glibcVersion()); err != nil {
		return d, ""
	}
	return d, compile(t, dir, "glibc", cc)
}

func glibcVersion() string {
	out, err := exec.Command("getconf", "GNU_LIBC_VERSION").Output()
	if err != nil {
		return ""
	}
	f := strings.Fields(string(out))
	return f[len(f)-1]
}

func compile(t *testing.T, dir, name string, cc ...string) string {
	src, bin := filepath.Join(dir, name+".c"), filepath.Join(dir, name)
	if err := os.WriteFile(src, []byte(cSource), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(cc[0], append(cc[1:], "-D_GNU_SOURCE", "-o", bin, src)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

// runJob runs the servers' process.
func runJob(self string, j job) ([]observed, error) {
	in, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "CONFORMANCE_LIVE=servers")
	cmd.Stdin = strings.NewReader(string(in))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	cmd.SysProcAttr = attr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	var results []observed
	return results, json.Unmarshal(out, &results)
}

// serveScenarios is the servers' process.
func serveScenarios() {
	runtime.LockOSThread()
	results, err := runScenarios()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		os.Exit(1)
	}
}

func runScenarios() ([]observed, error) {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, err
	}
	var j job
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, err
	}
	if err := isolate(j.Dir); err != nil {
		return nil, err
	}
	results := []observed{}
	for i := range j.Scenarios {
		o, err := runScenario(j, &j.Scenarios[i])
		if err != nil {
			return nil, fmt.Errorf("scenario %d: %w", i, err)
		}
		results = append(results, o)
	}
	return results, nil
}

// isolate sets the namespaces up: the loopback interface, and files of our own in /etc.
func isolate(dir string) error {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	files := map[string]string{"resolv.conf": "", "nsswitch.conf": "hosts: dns\n", "hosts": "\n", "host.conf": ""}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
		if _, err := os.Stat("/etc/" + name); err != nil {
			continue
		}
		if err := syscall.Mount(path, "/etc/"+name, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("/etc/%s: %w", name, err)
		}
	}
	return configure("lo", syscall.SIOCSIFFLAGS, []byte{syscall.IFF_UP | syscall.IFF_RUNNING})
}

// configure sends a request about a network interface to the kernel.
func configure(name string, request uintptr, value []byte) error {
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(s)
	var req [40]byte // struct ifreq of a little-endian machine
	copy(req[:16], name)
	copy(req[16:], value)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(s), request, uintptr(unsafe.Pointer(&req))); errno != 0 {
		return fmt.Errorf("%s: %w", name, errno)
	}
	return nil
}

// lookupLimit is longer than any look-up of a scenario takes.
const lookupLimit = time.Minute

func runScenario(j job, s *scenario) (observed, error) {
	if err := os.WriteFile(filepath.Join(j.Dir, "resolv.conf"), []byte(s.ResolvConf), 0o644); err != nil {
		return observed{}, err
	}
	if err := syscall.Sethostname([]byte(s.Hostname)); err != nil {
		return observed{}, err
	}
	address := [4]byte{}
	if s.IPv4 {
		address = [4]byte{198, 51, 100, 1}
	}
	if err := configure("lo:1", syscall.SIOCSIFADDR, append([]byte{syscall.AF_INET, 0, 0, 0}, address[:]...)); err != nil && s.IPv4 {
		return observed{}, err
	}
	servers := &liveServers{scenario: s, begin: time.Now()}
	if err := servers.listen(); err != nil {
		return observed{}, err
	}
	defer servers.close()
	args := append([]string(nil), s.Args...)
	for _, n := range s.Names {
		args = append(args, "="+n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, j.Lookup[0], append(j.Lookup[1:], args...)...)
	cmd.Env = []string{"CONFORMANCE_LIVE=lookup"}
	for k, v := range s.Env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.Output()
	if err != nil {
		return observed{}, err
	}
	var o observed
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Fields(line)
		ms, _ := strconv.ParseInt(f[0], 10, 64)
		addrs := append([]string(nil), f[2:]...)
		sort.Strings(addrs)
		o.Millis = append(o.Millis, ms)
		o.Results = append(o.Results, strings.Join(append([]string{f[1]}, addrs...), " "))
	}
	servers.mu.Lock()
	o.Queries = append(o.Queries, servers.seen...)
	servers.mu.Unlock()
	return o, nil
}

// liveServers are the scripted servers of a scenario.
type liveServers struct {
	scenario *scenario
	begin    time.Time
	mu       sync.Mutex
	seen     []seen
	closers  []io.Closer
}

func (l *liveServers) listen() error {
	for _, addr := range liveServerAddrs {
		if slices.Contains(l.scenario.Dead, addr) {
			continue
		}
		udp, err := net.ListenPacket("udp", addr+":53")
		if err != nil {
			return err
		}
		tcp, err := net.Listen("tcp", addr+":53")
		if err != nil {
			return err
		}
		l.closers = append(l.closers, udp, tcp)
		go l.serveUDP(addr, udp)
		go l.serveTCP(addr, tcp)
	}
	return nil
}

func (l *liveServers) close() {
	for _, c := range l.closers {
		c.Close()
	}
}

func (l *liveServers) serveUDP(addr string, conn net.PacketConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		reply, delay := l.respond(addr, "udp", append([]byte(nil), buf[:n]...))
		if reply == nil {
			continue
		}
		if delay == 0 {
			conn.WriteTo(reply, from)
			continue
		}
		time.AfterFunc(delay, func() { conn.WriteTo(reply, from) })
	}
}

func (l *liveServers) serveTCP(addr string, ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for {
				var size [2]byte
				if _, err := io.ReadFull(conn, size[:]); err != nil {
					return
				}
				msg := make([]byte, int(size[0])<<8|int(size[1]))
				if _, err := io.ReadFull(conn, msg); err != nil {
					return
				}
				reply, _ := l.respond(addr, "tcp", msg)
				if reply == nil {
					continue
				}
				conn.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...))
			}
		}()
	}
}

// respond notes the question and builds the answer, nil for silence.
func (l *liveServers) respond(addr, proto string, msg []byte) ([]byte, time.Duration) {
	var p dnsmessage.Parser
	h, err := p.Start(msg)
	if err != nil {
		return nil, 0
	}
	q, err := p.Question()
	if err != nil {
		return nil, 0
	}
	typ := strings.TrimPrefix(q.Type.String(), "Type")
	l.mu.Lock()
	l.seen = append(l.seen, seen{q.Name.String(), typ, addr, proto, time.Since(l.begin)})
	l.mu.Unlock()
	b := l.scenario.behaviour(addr, q.Name.String(), typ)
	if b.kind == "drop" {
		return nil, 0
	}
	rcodes := map[string]dnsmessage.RCode{"nxdomain": 3, "servfail": 2, "refused": 5, "notimp": 4, "formerr": 1, "yxdomain": 6}
	head := dnsmessage.Header{ID: h.ID, Response: true, RecursionDesired: h.RecursionDesired, RecursionAvailable: b.kind != "lame", RCode: rcodes[b.kind]}
	head.Truncated = b.kind == "trunc" && proto == "udp"
	builder := dnsmessage.NewBuilder(nil, head)
	builder.StartQuestions()
	builder.Question(q)
	builder.StartAnswers()
	rh := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}
	switch {
	case b.kind == "cname":
		builder.CNAMEResource(rh, dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("t.example.")})
	case b.kind == "addr" || b.kind == "trunc" && proto == "tcp":
		if typ == "A" {
			builder.AResource(rh, dnsmessage.AResource{A: liveAddrs["A"].As4()})
		} else {
			builder.AAAAResource(rh, dnsmessage.AAAAResource{AAAA: liveAddrs["AAAA"].As16()})
		}
	}
	out, err := builder.Finish()
	if err != nil {
		return nil, 0
	}
	return out, b.delay
}
