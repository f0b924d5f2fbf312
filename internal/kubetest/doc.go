// Package kubetest draws random Kubernetes objects for tests, and reads and
// prints them as short text.
//
// # Random objects
//
// A [Gen] takes every choice from a [Source]: rapid, which shrinks what fails,
// or a seeded random generator, which is fast. Both draw the same objects. What
// they look like is decided by a [Profile]: give the focused and the general
// one to every property, and the hostile one to everything that promises to
// stand any input.
//
//	rapid.Check(t, func(t *rapid.T) {
//		pod := kubetest.Pods(kubetest.Focused).Draw(t, "pod")
//		...
//	})
//
//	g := kubetest.New(kubetest.FromRand(rand.New(rand.NewPCG(seed, i))), kubetest.Hostile)
//	cluster := g.Cluster()
//	pod := g.Pending("pending", cluster.Nodes)
//
// [YAML] and [Cluster.YAML] print what failed.
//
// # Text
//
// [Parse] reads a cluster from lines that fit on a page, and [Cluster.Text]
// prints one; testdata/language.txt is the tutorial.
//
//	node n1 cpu=4 zone=a taint=dedicated=a:NoSchedule
//	pod web cpu=500m on=n1 label=app=web spread=1:zone:hard:app=web
//
// The package golden plays stories in files: input in this language, and what a
// test makes of it, which the flag -update rewrites.
package kubetest
