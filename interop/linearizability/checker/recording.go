// What a recording holds. ../recording.ts describes the files.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
)

// Fields are what calls ask and learn, and what events carry.
type Fields struct {
	Agent      string   `json:"agent,omitempty"`
	Name       string   `json:"name,omitempty"`
	TTLSeconds int64    `json:"ttlSeconds,omitempty"`
	Key        string   `json:"key,omitempty"`
	Token      Number   `json:"token,omitempty"`
	Acquired   bool     `json:"acquired,omitempty"`
	Accepted   bool     `json:"accepted,omitempty"`
	Group      string   `json:"group,omitempty"`
	Leader     string   `json:"leader,omitempty"`
	Term       Number   `json:"term,omitempty"`
	Task       string   `json:"task,omitempty"`
	TaskType   string   `json:"taskType,omitempty"`
	Tools      []string `json:"tools,omitempty"`
	MaxRetries int64    `json:"maxRetries,omitempty"`
	Output     string   `json:"output,omitempty"`
	Status     string   `json:"status,omitempty"`
	RetryCount int64    `json:"retryCount,omitempty"`
	ClaimedBy  string   `json:"claimedBy,omitempty"`
}

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
	ok      = "ok"
	refused = "refused"
	unknown = "unknown"
)

// Call is one call of the load; times in microseconds.
type Call struct {
	Process string `json:"process"`
	Op      string `json:"op"`
	Args    Fields `json:"args"`
	Start   int64  `json:"start"`
	End     int64  `json:"end"`
	Outcome string `json:"outcome"`
	Result  Fields `json:"result"`
	Code    string `json:"code"`
}

// Event is one event of the bus; OccurredAt, ExpiresAt and LastHeartbeatAt in milliseconds since the Unix epoch.
type Event struct {
	Fields
	Sequence        int64  `json:"sequence"`
	Topic           string `json:"topic"`
	OccurredAt      int64  `json:"occurredAt"`
	At              int64  `json:"at"`
	ExpiresAt       int64  `json:"expiresAt"`
	LastHeartbeatAt int64  `json:"lastHeartbeatAt"`
	Reason          string `json:"reason"`
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

// FinalState is what the daemon's lists answered after the load.
type FinalState struct {
	Sequence  int64    `json:"sequence"`
	Agents    []Fields `json:"agents"`
	Leases    []Fields `json:"leases"`
	Elections []Fields `json:"elections"`
	Tasks     []Fields `json:"tasks"`
}

// Recording is everything that the checks may look at.
type Recording struct {
	Calls    []Call
	Log      []Event
	Seen     map[string][]Event
	Final    FinalState
	Timeline Timeline
	// resigned is filled when first asked for.
	resigned map[string][]*Call
}

func readRecording(folder string) (*Recording, error) {
	recording := &Recording{Seen: map[string][]Event{}}
	var err error
	if recording.Calls, err = readLines[Call](filepath.Join(folder, "calls.jsonl")); err != nil {
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
