//! The hook itself: a few lines of shell that are the same in every repository.

use smoke_harness::caches::passes::hash;

/// How its second line begins, in every version of it.
const MARK: &str = "# Clone Smoke's pre-push hook, ";

const BODY: &str = r#"# `clone-smoke hook install` wrote it, and `clone-smoke hook uninstall` puts back what was here; in a clone of
# Clone Smoke they are called `cargo xtask hook … --source REPOSITORY`.
# A hook that was here before is run first, with the same arguments and the same input.
earlier="$0.before-clone-smoke"
own=$(git rev-parse --git-common-dir)/clone-smoke
# Git says once what is pushed, and two want to read it.
pushed=$(cat)
if [ -f "$earlier" ] && [ -x "$earlier" ]; then
    { [ -z "$pushed" ] || printf '%s\n' "$pushed"; } | "$earlier" "$@" || exit $?
fi
# Other repositories may share this file.
[ -e "$own/settings.json" ] || exit 0
if [ ! -x "$own/xtask" ]; then
    [ "${SMOKE_SKIP:-0}" = 0 ] || exit 0
    {
        echo "pre-push: nothing was smoked, because the program is gone: $own/xtask"
        echo "  put it back      clone-smoke hook install, or cargo xtask hook install --source REPOSITORY"
        echo "  push all the same  SMOKE_SKIP=1 git push"
    } >&2
    exit 1
fi
exec "$own/xtask" hook run "$@" <<SMOKE_PUSHED
$pushed
SMOKE_PUSHED
"#;

/// What a hook that is there is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As this version of the program writes it.
    Current,
    /// As another version wrote it.
    OfAnotherVersion,
    /// One of ours that somebody has changed since.
    Changed,
    /// Somebody else's.
    Foreign,
}

/// Its text.
pub fn text() -> String {
    format!("#!/bin/sh\n{MARK}{}\n{BODY}", hash(BODY))
}

/// What `content` is to us. Every version has a number of its own body, so that a change shows.
pub fn kind(content: &[u8]) -> Kind {
    if content == text().as_bytes() {
        return Kind::Current;
    }
    let content = String::from_utf8_lossy(content);
    let marked = content.split_once('\n').and_then(|(_, rest)| rest.strip_prefix(MARK));
    match marked.map(|rest| rest.split_once('\n').unwrap_or_default()) {
        None => Kind::Foreign,
        Some((number, body)) if number == hash(body) => Kind::OfAnotherVersion,
        Some(_) => Kind::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_of_ours_is_told_from_others_and_from_a_changed_one() {
        assert_eq!(kind(text().as_bytes()), Kind::Current);
        assert_eq!(kind(text().replace("exit 0", "exit 1").as_bytes()), Kind::Changed);
        let other = format!("#!/bin/sh\n{MARK}{}\necho older\n", hash("echo older\n"));
        assert_eq!(kind(other.as_bytes()), Kind::OfAnotherVersion);
        for foreign in [&b"#!/bin/sh\nexec git lfs pre-push \"$@\"\n"[..], b"", b"\xff\xfe"] {
            assert_eq!(kind(foreign), Kind::Foreign);
        }
    }
}
