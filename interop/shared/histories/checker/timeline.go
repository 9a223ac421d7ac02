// When the daemon ran and when it was stopped, and what that means for deadlines. All times in microseconds.
package histories

import (
	"math"
	"sort"
)

const (
	Never  = math.MaxInt64
	Second = int64(1_000_000)
	// How late an expiry may be noticed: the 500 ms of the promise, and as much again twice for a loaded machine.
	lateSlack = 1500 * int64(1000)
	// ClockSlack is how far the daemon's wall clock, put on the monotonic one, may be off.
	ClockSlack = 50 * int64(1000)
	// From this length on, a pause is noticed for certain: a tick every 200 ms, and more than 1 s above that.
	noticedPause = 1400 * int64(1000)
	// How much of a pause the tick may miss.
	tickSlack = 300 * int64(1000)
)

// Run is a life of the daemon's process.
type Run struct {
	Spawned int64
	// Until then its port was closed.
	Unreachable int64
	Ready       int64
	// Ended is Never if it outlived the recording.
	Ended int64
}

// Pause is a time in which the daemon was stopped.
type Pause struct{ Start, End int64 }

type clockPair struct{ wall, offset int64 }

// Timeline is what happened to the daemon.
type Timeline struct {
	Runs   []Run
	Pauses []Pause
	clocks []clockPair
}

func newTimeline(lines []DaemonLine) Timeline {
	var timeline Timeline
	for _, line := range lines {
		switch line.Kind {
		case "run":
			run := Run{line.Spawned, line.Unreachable, line.Ready, line.Ended}
			if run.Ended == 0 {
				run.Ended = Never
			}
			timeline.Runs = append(timeline.Runs, run)
		case "pause":
			timeline.Pauses = append(timeline.Pauses, Pause{line.Start, line.End})
		case "clock":
			timeline.clocks = append(timeline.clocks, clockPair{line.Wall, line.Mono - line.Wall*1000})
		}
	}
	sort.Slice(timeline.Runs, func(i, j int) bool { return timeline.Runs[i].Spawned < timeline.Runs[j].Spawned })
	sort.Slice(timeline.Pauses, func(i, j int) bool { return timeline.Pauses[i].Start < timeline.Pauses[j].Start })
	sort.Slice(timeline.clocks, func(i, j int) bool { return timeline.clocks[i].wall < timeline.clocks[j].wall })
	return timeline
}

// Mono puts a wall time on the monotonic clock. A sample whose process was set aside between its two readings gives an
// offset that is too small, so the greatest of some neighbours counts.
func (timeline *Timeline) Mono(wallMillis int64) int64 {
	clocks := timeline.clocks
	next := sort.Search(len(clocks), func(i int) bool { return clocks[i].wall >= wallMillis })
	best := int64(math.MinInt64)
	for i := max(0, next-3); i < min(len(clocks), next+3); i++ {
		best = max(best, clocks[i].offset)
	}
	return wallMillis*1000 + best
}

// EffectEnd is the last moment at which an unanswered call can have had its effect: it may still lie in front of a
// daemon that runs, but not survive that daemon's process. 0 if no daemon could be reached while the call was made.
func (timeline *Timeline) EffectEnd(start, end int64) int64 {
	last := int64(0)
	for _, run := range timeline.Runs {
		if run.Unreachable <= end && run.Ended >= start {
			last = run.Ended
		}
	}
	return last
}

// RunAt is the life of the daemon at a moment, or the next one.
func (timeline *Timeline) RunAt(at int64) Run {
	for _, run := range timeline.Runs {
		if at <= run.Ended {
			return run
		}
	}
	return Run{Never, Never, Never, Never}
}

type disturbance struct {
	at      int64
	restart *Run
	pause   Pause
}

func (timeline *Timeline) disturbances() []disturbance {
	var all []disturbance
	for i := 1; i < len(timeline.Runs); i++ {
		all = append(all, disturbance{at: timeline.Runs[i-1].Ended, restart: &timeline.Runs[i]})
	}
	for _, pause := range timeline.Pauses {
		all = append(all, disturbance{at: pause.Start, pause: pause})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].at < all[j].at })
	return all
}

// Earliest is the first moment at which something that was promised for so long, not before `start`, may be over.
func (timeline *Timeline) Earliest(start, length int64) int64 {
	deadline := start + length
	for _, each := range timeline.disturbances() {
		if each.at < start || each.at >= deadline {
			continue
		}
		if each.restart != nil {
			// Whatever was there when the daemon ended has its whole time again.
			deadline = max(deadline, each.restart.Spawned+length)
		} else if stopped := each.pause.End - each.pause.Start; stopped >= noticedPause {
			deadline += stopped - tickSlack
		}
	}
	return deadline
}

// Latest is the last moment at which something that was promised for so long, not after `end`, may still be there.
func (timeline *Timeline) Latest(end, length int64) int64 {
	if end == Never {
		return Never
	}
	deadline := end + length + lateSlack
	for _, each := range timeline.disturbances() {
		// A process ends somewhat before it is seen to have ended.
		if each.at > deadline+Second {
			break
		}
		if each.restart != nil {
			deadline = max(deadline, each.restart.Ready+length+lateSlack)
		} else if each.pause.End > end {
			deadline += each.pause.End - each.pause.Start
		}
	}
	return deadline
}
