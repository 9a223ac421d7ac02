module checker

go 1.22

require (
	github.com/anishathalye/porcupine v1.3.1
	histories v0.0.0
)

replace histories => ../../../shared/histories/checker
