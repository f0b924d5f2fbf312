package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubealgo/kubealgo/examples/internal/command"
	"github.com/kubealgo/kubealgo/hpa"
)

// Pictures are well-formed, of a single instant too, of no pods at all, and with
// names that need to be escaped.
func TestPicture(t *testing.T) {
	for name, args := range map[string]string{
		"matrix":   "-load testdata/matrix.json",
		"compared": "-load testdata/matrix.json -compare testdata/behavior.yaml",
		"instant":  "-load testdata/instant.csv",
		"night":    "-f testdata/worker.yaml -scale-to-zero -load testdata/night.csv",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), name)
			var plain, drawn bytes.Buffer
			require.NoError(t, run(strings.Fields(args), nil, &plain))
			require.NoError(t, run(append(strings.Fields(args), "-svg", file), nil, &drawn))
			require.Equal(t, plain.String(), drawn.String())
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			d := xml.NewDecoder(bytes.NewReader(text))
			for err == nil {
				_, err = d.Token()
			}
			require.ErrorIs(t, err, io.EOF)
			golden(t, name+".svg", text)
		})
	}
}

// A scale of times has at most 13 steps, as far as there are steps.
func TestTicks(t *testing.T) {
	const day = 24 * time.Hour
	for span, want := range map[time.Duration]struct {
		step   time.Duration
		layout string
	}{
		0:                            {time.Minute, "15:04"},
		13 * time.Minute:             {time.Minute, "15:04"},
		13*time.Minute + 1:           {5 * time.Minute, "15:04"},
		day:                          {2 * time.Hour, "15:04"},
		3 * day:                      {6 * time.Hour, "15:04"},
		13 * 6 * time.Hour:           {6 * time.Hour, "15:04"},
		13*6*time.Hour + time.Minute: {day, "Jan 2"},
		13 * day:                     {day, "Jan 2"},
		14 * day:                     {7 * day, "Jan 2"},
		365 * day:                    {28 * day, "Jan 2"},
		1000 * day:                   {28 * day, "Jan 2"},
	} {
		step, layout := ticks(span)
		require.Equal(t, want.step, step, span)
		require.Equal(t, want.layout, layout, span)
	}
}

// A scale of numbers has at most seven round steps and some room above.
func TestAxis(t *testing.T) {
	for highest, want := range map[float64]axis{
		0:    {0, 1, 1.2, 0.2},
		0.5:  {0, 1, 0.6, 0.1},
		1:    {0, 1, 1.2, 0.2},
		3:    {0, 1, 3.5, 0.5},
		6:    {0, 1, 7, 1},
		7:    {0, 1, 8, 2},
		40:   {0, 1, 50, 10},
		1200: {0, 1, 1400, 200},
		1500: {0, 1, 1750, 250},
	} {
		got := newAxis(0, 1, highest)
		require.InDelta(t, want.highest, got.highest, 1e-9, highest)
		require.InDelta(t, want.step, got.step, 1e-9, highest)
	}
}

// A bound is shown unless it is more than twice the largest size.
func TestTallest(t *testing.T) {
	h, err := readAutoscaler(&command.Manifests{}, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		bound, top int32
		want       float64
	}{{40, 40, 40}, {40, 20, 40}, {39, 20, 39}, {39, 19, 23.75}, {40, 4, 5}} {
		h.Spec.MaxReplicas = c.bound
		require.Equal(t, c.want, tallest([]play{{h, &hpa.Run{Summary: hpa.Summary{Highest: c.top}}}}), c)
	}
}

// The load of a query such as sum(...) has no name.
func TestTitle(t *testing.T) {
	h, err := readAutoscaler(&command.Manifests{}, nil)
	require.NoError(t, err)
	run := &hpa.Run{Steps: []hpa.RunStep{{Load: 1, Replicas: 4, Desired: 4}}}
	for name, title := range map[string]string{"": ">Load<", "cpu": ">Load (cpu)<"} {
		require.Contains(t, picture([]play{{h, run}}, hpa.Model{Load: []hpa.Series{{Name: name}}}), title)
	}
}

// No size fits without pods that are ready, or under endless pressure.
func TestBand(t *testing.T) {
	h, err := readAutoscaler(&command.Manifests{}, nil)
	require.NoError(t, err)
	none := []hpa.RunStep{{Pressure: 1}, {Pressure: hpa.Float(math.Inf(1)), Ready: 1}}
	for want, steps := range map[string][]hpa.RunStep{"": none, "<path": append(none, hpa.RunStep{Pressure: 1, Ready: 1})} {
		c := &canvas{}
		c.band(&play{h, &hpa.Run{Steps: steps}}, axis{0, 1, 9, 1})
		require.Equal(t, want, strings.SplitN(c.String(), " ", 2)[0])
		require.NotContains(t, c.String(), "NaN")
	}
}

// Tolerances are those of each direction, a tenth where it has none.
func TestTolerances(t *testing.T) {
	quarter := resource.MustParse("0.25")
	for _, c := range []struct {
		behavior *autoscalingv2.HorizontalPodAutoscalerBehavior
		down, up float64
	}{
		{nil, 0.1, 0.1},
		{&autoscalingv2.HorizontalPodAutoscalerBehavior{}, 0.1, 0.1},
		{&autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{}, ScaleUp: &autoscalingv2.HPAScalingRules{Tolerance: &quarter}}, 0.1, 0.25},
	} {
		down, up := tolerances(c.behavior)
		require.Equal(t, []float64{c.down, c.up}, []float64{down, up})
	}
}

// A bound at the very top of the scale is drawn.
func TestBounds(t *testing.T) {
	h, err := readAutoscaler(&command.Manifests{}, nil) // 4 to 40 replicas
	require.NoError(t, err)
	for highest, want := range map[float64][]bool{40: {true, true}, 39: {true, false}, 4: {true, false}, 3: {false, false}} {
		c := &canvas{}
		c.bounds(&play{object: h}, axis{0, 1, highest, 1})
		require.Equal(t, want, []bool{strings.Contains(c.String(), ">min 4<"), strings.Contains(c.String(), ">max 40<")}, highest)
	}
}
