#!/usr/bin/env bash
# lefthook 2.2.1 (npm), a pre-push hook, with git.
# What is pushed is read from the branch that is checked out, not from what git tells the hook. On `main`, with nothing
# new in it, `git push origin topic` runs no command at all, also not one that asks for no files: "(skip) no matching
# push files". With one new commit on `main`, the same push runs the commands on the files of that commit, which is
# not pushed.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm lefthook@2.2.1
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=n@example.org GIT_COMMITTER_NAME=n \
    GIT_COMMITTER_EMAIL=n@example.org LEFTHOOK_OUTPUT=execution_out
git init -q --bare remote.git
git init -q -b main work && cd work && git remote add origin ../remote.git
cat > lefthook.yml <<END
pre-push:
  commands:
    files: { run: "echo files {push_files} >> $T/ran" }
    plain: { run: "echo plain >> $T/ran" }
END
commit() { echo "$1" > "$1" && git add . && git commit -q -m "$1"; }
push() { # WHAT IT IS, ARGUMENTS
    : > "$T/ran"
    git push -q "${@:2}" >/dev/null 2>&1
    echo "$1: $(sort "$T/ran" | paste -sd ',' | sed 's/^$/nothing ran/')" >> "$T/now"
}
commit one
git push -q -u origin main >/dev/null 2>&1
lefthook install >/dev/null 2>&1
git switch -q -c topic && commit two && git switch -q main
push "topic from main" origin topic
git switch -q topic && commit three && git switch -q main
commit unpushed
push "topic from main, where a commit waits" origin topic
git switch -q topic && commit four
push "topic from topic" -u origin topic
same_as_seen "$T/now" <<'END'
topic from main: nothing ran
topic from main, where a commit waits: files unpushed,plain
topic from topic: files four lefthook.yml one three two,plain
END
