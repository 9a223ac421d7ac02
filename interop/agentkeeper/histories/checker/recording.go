// What a recording of AgentKeeper holds. ../recording.ts describes its fields.
package main

import "histories"

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

// FinalState is what the daemon's lists answered after the load.
type FinalState struct {
	Sequence  int64    `json:"sequence"`
	Agents    []Fields `json:"agents"`
	Leases    []Fields `json:"leases"`
	Elections []Fields `json:"elections"`
	Tasks     []Fields `json:"tasks"`
}

// Number is a 64-bit count, written as a string of digits.
type Number = histories.Number

// Call is one call of the load.
type Call = histories.Call[Fields]

// Recording is everything that the checks may look at.
type Recording struct {
	*histories.Recording[Fields, Event, FinalState]
	// resigned is filled when first asked for.
	resigned map[string][]*Call
}
