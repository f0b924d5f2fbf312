package dnsresolv_test

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubealgo/kubealgo/dnsresolv"
)

// wall is the time of the program; in these tests that of a bubble.
type wall struct{}

func (wall) Now() time.Time                         { return time.Now() }
func (wall) After(d time.Duration) <-chan time.Time { return time.After(d) }

// network turns an answer function into an exchange that takes its time.
func network(answer func(dnsresolv.Query) dnsresolv.Reply) dnsresolv.ExchangeFunc {
	var mu sync.Mutex
	return func(ctx context.Context, q dnsresolv.Query) dnsresolv.Reply {
		mu.Lock()
		r := answer(q)
		mu.Unlock()
		wait := r.Delay
		if r.Outcome == dnsresolv.Silence {
			wait = q.Wait
		}
		select {
		case <-time.After(wait):
			return r
		case <-ctx.Done():
			return dnsresolv.Reply{}
		}
	}
}

// TestResolveIsWalk: over an exchange that takes real (simulated) time Resolve asks what Walk asks.
func TestResolveIsWalk(t *testing.T) {
	compared := 0
	for _, s := range loadScenarios(t) {
		if s.Args != nil || s.Env != nil || s.Hostname != "" || len(s.Names) > 2 {
			continue
		}
		for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
			c := conf(s.ResolvConf, d)
			if d == musl && len(c.Servers) > 1 {
				continue // who of several servers is first depends on goroutines
			}
			synctest.Test(t, func(t *testing.T) {
				l := dnsresolv.Lookup{Name: s.Names[0]}
				spread := func(a *answers) func(dnsresolv.Query) dnsresolv.Reply {
					return func(q dnsresolv.Query) dnsresolv.Reply { // no two answers at one moment
						r := a.answer(q)
						r.Delay += time.Microsecond
						if q.Type == dnsresolv.TypeAAAA {
							r.Delay += 700 * time.Nanosecond
						}
						return r
					}
				}
				want := dnsresolv.Walk(c, l, spread(&answers{s: &s, hits: map[string]int{}}))
				got, err := dnsresolv.Resolve(t.Context(), c, l, wall{}, network(spread(&answers{s: &s, hits: map[string]int{}})))
				if err != nil {
					t.Fatal(err)
				}
				if got.Code != want.Code || got.Name != want.Name || !reflect.DeepEqual(got.Addrs, want.Addrs) || got.Elapsed != want.Elapsed || got.State != want.State || len(got.Exchanges) != len(want.Exchanges) {
					t.Errorf("%s, %v: %v %v after %v, %d queries; Walk %v %v after %v, %d", s.Name, d, got.Code, got.Addrs, got.Elapsed, len(got.Exchanges), want.Code, want.Addrs, want.Elapsed, len(want.Exchanges))
					return
				}
				for i := range got.Exchanges {
					if got.Exchanges[i].Query != want.Exchanges[i].Query {
						t.Errorf("%s, %v, query %d: %+v; Walk %+v", s.Name, d, i, got.Exchanges[i].Query, want.Exchanges[i].Query)
					}
				}
				compared++
			})
		}
	}
	t.Logf("%d look-ups", compared)
	if compared < 300 {
		t.Errorf("%d look-ups compared", compared)
	}
}

// TestResolveCancel: the context ends the look-up at once.
func TestResolveCancel(t *testing.T) {
	for _, d := range []dnsresolv.Dialect{glibc, musl, golang} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			begin := time.Now()
			tr, err := dnsresolv.Resolve(ctx, conf("options timeout:1 attempts:5\n", d), dnsresolv.Lookup{Name: "foo."}, wall{}, network(always(dnsresolv.Silence)))
			if !errors.Is(err, context.DeadlineExceeded) || tr.Code != dnsresolv.Unfinished || len(tr.Exchanges) == 0 {
				if d != musl { // its whole budget is 1 s
					t.Errorf("%v: %v %v %d", d, err, tr.Code, len(tr.Exchanges))
				}
			}
			if took := time.Since(begin); took > 1500*time.Millisecond {
				t.Errorf("%v: took %v", d, took)
			}
		})
	}
}

// TestResolveDelay: the trace says how long answers took, and a late one of the same socket counts.
func TestResolveDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ex := network(func(q dnsresolv.Query) dnsresolv.Reply {
			return dnsresolv.Reply{Outcome: dnsresolv.Success, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Delay: 1300 * time.Millisecond}
		})
		tr, err := dnsresolv.Resolve(t.Context(), conf("options timeout:1 attempts:3\n", glibc), dnsresolv.Lookup{Name: "foo.", Family: dnsresolv.IPv4}, wall{}, ex)
		if err != nil || tr.Code != dnsresolv.OK || tr.Elapsed != 1300*time.Millisecond || len(tr.Exchanges) != 2 || tr.Exchanges[0].Reply.Delay != 1300*time.Millisecond || tr.Exchanges[1].Reply.Outcome != dnsresolv.Silence {
			t.Errorf("%+v %v", tr, err)
		}
	})
}
