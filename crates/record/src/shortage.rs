//! Shortages: what a machine can run out of. Whatever meets one first, the cause is the same.

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};

/// Something that can run out: how it is said, the code that it means, and what helps.
struct Resource {
    said: &'static [&'static str],
    code: Code,
    next: &'static str,
}

const DISK: Resource = Resource {
    said: &["No space left on device", "Disk quota exceeded", "File too large", "ENOSPC"],
    code: Code::DiskFull,
    next: "free some space, or set TMPDIR or --artifacts to another disk",
};

const OTHERS: [Resource; 4] = [
    Resource {
        said: &["Too many open files"],
        code: Code::PrerequisiteMissing,
        next: "raise the limit of open files, as with ulimit -n 1024",
    },
    Resource {
        said: &["Resource temporarily unavailable"],
        code: Code::PrerequisiteMissing,
        next: "end some processes of this user, or raise their limit, as with ulimit -u 4096",
    },
    Resource {
        said: &["Read-only file system"],
        code: Code::PrerequisiteMissing,
        next: "set TMPDIR or --artifacts to a folder that you can write to",
    },
    Resource {
        said: &["Cannot allocate memory"],
        code: Code::PrerequisiteMissing,
        next: "free some memory, or raise its limit",
    },
];

/// `cause`, or the shortage behind it: one that the cause itself names, one that a command of ours
/// named, or a disk of `folders` without any space.
pub fn behind(cause: Cause, folders: &[&Utf8Path]) -> Cause {
    if !may_be_a_shortage(cause.code) {
        return cause;
    }
    let found = OTHERS.iter().chain([&DISK]).find(|resource| resource.is_in(&cause.summary));
    let told = || DISK.is_in_any(&cause.evidence) && !may_speak_of_others(cause.code);
    let full = || folders.iter().any(|folder| is_full(folder));
    match found.or_else(|| (told() || full()).then_some(&DISK)) {
        Some(resource) => Cause { code: resource.code, next: resource.next.into(), ..cause },
        None => cause,
    }
}

impl Resource {
    fn is_in(&self, text: &str) -> bool {
        self.said.iter().any(|said| text.contains(said))
    }

    fn is_in_any(&self, lines: &[String]) -> bool {
        lines.iter().any(|line| self.is_in(line))
    }
}

/// The failures that a shortage can look like.
fn may_be_a_shortage(code: Code) -> bool {
    use Code::{
        BuildFailed, BundleInvalid, CheckFailed, CloneFailed, ConfigInvalid, DiskFull,
        GatewayCrashed, Internal, PrerequisiteMissing, RenderFailed, ServerInstallFailed, Usage,
    };
    matches!(
        code,
        BuildFailed
            | BundleInvalid
            | CheckFailed
            | CloneFailed
            | ConfigInvalid
            | DiskFull
            | GatewayCrashed
            | Internal
            | PrerequisiteMissing
            | RenderFailed
            | ServerInstallFailed
            | Usage
    )
}

/// A test suite or a gateway may print anything.
fn may_speak_of_others(code: Code) -> bool {
    matches!(code, Code::CheckFailed | Code::GatewayCrashed | Code::Usage)
}

/// Whether the disk that `folder` is on has no space left, as good as.
fn is_full(folder: &Utf8Path) -> bool {
    const NOTHING: u64 = 16 * 1024;
    let free = rustix::fs::statvfs(folder.as_std_path()).map(|disk| disk.f_bavail * disk.f_frsize);
    free.is_ok_and(|free| free < NOTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(cause: Cause) -> Code {
        behind(cause, &[]).code
    }

    #[test]
    fn a_shortage_is_found_behind_a_failure() {
        let failed = |code, summary: &str| Cause::new(code, summary, "n");
        let full = "cannot write x: No space left on device (os error 28)";
        assert_eq!(code(failed(Code::Internal, full)), Code::DiskFull);
        let clone = failed(Code::CloneFailed, "git failed").evidence(["No space left on device"]);
        assert_eq!(code(clone), Code::DiskFull);
        let limit = failed(Code::PrerequisiteMissing, "cannot start `git`: Too many open files");
        assert!(behind(limit, &[]).next.contains("ulimit -n"));
    }

    #[test]
    fn other_failures_stay_what_they_are() {
        let check = Cause::new(Code::CheckFailed, "`t` failed", "n");
        assert_eq!(code(check.evidence(["tests: No space left on device"])), Code::CheckFailed);
        let stopped = Cause::new(Code::Interrupted, "No space left on device", "n");
        assert_eq!(code(stopped), Code::Interrupted);
    }
}
