// What a recording holds, whatever the service. ../recording.ts describes the files.
package histories

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
)

// Number is a 64-bit count, written as a string of digits.
type Number uint64

func (number *Number) UnmarshalJSON(text []byte) error {
	var digits string
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	value, err := strconv.ParseUint(digits, 10, 64)
	*number = Number(value)
	return err
}

// The outcomes of a call.
const (
	OK      = "ok"
	Refused = "refused"
	Unknown = "unknown"
)

// Call is one call of the load; times in microseconds. Fields are what calls of a service ask and learn.
type Call[Fields any] struct {
	Process string `json:"process"`
	Op      string `json:"op"`
	Args    Fields `json:"args"`
	Start   int64  `json:"start"`
	End     int64  `json:"end"`
	Outcome string `json:"outcome"`
	Result  Fields `json:"result"`
	Code    string `json:"code"`
}

// DaemonLine is what was done to the daemon, or both clocks at one moment.
type DaemonLine struct {
	Kind        string `json:"kind"`
	Spawned     int64  `json:"spawned"`
	Unreachable int64  `json:"unreachable"`
	Ready       int64  `json:"ready"`
	Ended       int64  `json:"ended"`
	Start       int64  `json:"start"`
	End         int64  `json:"end"`
	Mono        int64  `json:"mono"`
	Wall        int64  `json:"wall"`
}

// Recording is everything that the checks of a service may look at: its calls, its events, and what its lists answered after
// the load.
type Recording[Fields, Event, Final any] struct {
	Calls    []Call[Fields]
	Log      []Event
	Seen     map[string][]Event
	Final    Final
	Timeline Timeline
	// Afterwards is nil in a recording without it.
	Afterwards *Afterwards
}

// Afterwards is what came of a store that was put back from a copy after the load.
type Afterwards struct {
	GapTold bool     `json:"gapTold"`
	Tokens  []Number `json:"tokens"`
}

// Read reads the recording in a folder.
func Read[Fields, Event, Final any](folder string) (*Recording[Fields, Event, Final], error) {
	recording := &Recording[Fields, Event, Final]{Seen: map[string][]Event{}}
	var err error
	if recording.Calls, err = readLines[Call[Fields]](filepath.Join(folder, "calls.jsonl")); err != nil {
		return nil, err
	}
	sort.SliceStable(recording.Calls, func(i, j int) bool { return recording.Calls[i].Start < recording.Calls[j].Start })
	if recording.Log, err = readLines[Event](filepath.Join(folder, "log.jsonl")); err != nil {
		return nil, err
	}
	seen, err := filepath.Glob(filepath.Join(folder, "seen-*.jsonl"))
	if err != nil {
		return nil, err
	}
	for _, file := range seen {
		if recording.Seen[filepath.Base(file)], err = readLines[Event](file); err != nil {
			return nil, err
		}
	}
	lines, err := readLines[DaemonLine](filepath.Join(folder, "daemon.jsonl"))
	if err != nil {
		return nil, err
	}
	recording.Timeline = newTimeline(lines)
	afterwards, err := readLines[Afterwards](filepath.Join(folder, "afterwards.json"))
	if err == nil && len(afterwards) == 1 {
		recording.Afterwards = &afterwards[0]
	} else if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	final, err := os.ReadFile(filepath.Join(folder, "final.json"))
	if err != nil {
		return nil, err
	}
	return recording, json.Unmarshal(final, &recording.Final)
}

func readLines[Line any](file string) ([]Line, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	var lines []Line
	scanner := bufio.NewScanner(opened)
	scanner.Buffer(make([]byte, 1<<16), 1<<24)
	for scanner.Scan() {
		var line Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", file, len(lines)+1, err)
		}
		lines = append(lines, line)
	}
	return lines, scanner.Err()
}
