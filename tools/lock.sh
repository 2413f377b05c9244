# Sourced. hold_lock FILE waits until no other script holds the file, and holds it until this one ends, however it ends.
# Python knows how on every system; the command flock is missing on macOS.
hold_lock() {
  exec 9>"$1"
  python3 -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
}
