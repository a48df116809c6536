//! The causes for which there is no workspace.

use std::io;

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};

use super::marker::{MARKER, is_own_folder, read_marker};

/// Files on a drive of Windows have no modes, no sockets and a slow git.
pub fn refuse_windows_mount(path: &Utf8Path) -> Result<(), Cause> {
    let real = path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
    let mut parts = real.components().map(|part| part.as_str()).skip(1);
    let drive = (parts.next(), parts.next().unwrap_or_default());
    if drive.0 != Some("mnt") || drive.1.len() != 1 || !drive.1.is_ascii() {
        return Ok(());
    }
    let summary = format!("{path} lies on a mount of Windows, which has no sockets and no modes");
    Err(Cause::new(Code::Usage, summary, "set TMPDIR to a folder of this system, such as ~/tmp"))
}

/// Nothing at `path` says that it is ours.
pub fn unmarked(path: &Utf8Path) -> Cause {
    if !path.exists() {
        let summary = format!("there is no workspace at {path}: it was removed, or never was");
        return Cause::new(Code::WorkspaceUnmarked, summary, "start a new run");
    }
    if path.is_symlink() {
        let summary = format!("{path} is a symbolic link, and has no marker {MARKER} of its own");
        return Cause::new(Code::WorkspaceUnmarked, summary, "name the folder that it leads to");
    }
    if !is_own_folder(path) {
        let summary = format!("{path} belongs to another user, and is left alone");
        return Cause::new(
            Code::WorkspaceUnmarked,
            summary,
            "name a folder of your own with --workspace",
        );
    }
    let summary =
        format!("{path} holds files and has no marker {MARKER}, so it is not ours to use");
    Cause::new(Code::WorkspaceUnmarked, summary, "name an empty or a new folder with --workspace")
}

/// The workspace at `path` is a copy: what its marker says is true of another.
pub fn copy(path: &Utf8Path, original: &Utf8Path) -> Cause {
    let summary = format!("{path} is a copy of the workspace {original}, which is still there");
    Cause::new(Code::WorkspaceUnmarked, summary, "name the original, or delete the copy by hand")
}

/// Another run holds the lock of the workspace at `path`.
pub fn busy(path: &Utf8Path) -> Cause {
    let run = read_marker(path).map(|marker| marker.run).filter(|run| !run.is_empty());
    let user = run.map_or_else(|| "another run".to_owned(), |run| format!("run {run}"));
    let summary = format!("the workspace {path} is in use by {user}");
    Cause::new(Code::WorkspaceBusy, summary, "wait for that run, or leave out --workspace")
}

/// The folder could not be made or written.
pub fn cannot_make(path: &Utf8Path, error: &io::Error) -> Cause {
    let (code, next) = match error.kind() {
        io::ErrorKind::StorageFull => {
            (Code::DiskFull, "free some space, or set TMPDIR to another disk")
        }
        _ => (Code::PrerequisiteMissing, "set TMPDIR to a folder that you can write to"),
    };
    Cause::new(code, format!("cannot make a workspace in {path}: {error}"), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_of_windows_are_refused() {
        for (path, refused) in [("/mnt/c/x", true), ("/mnt/data/x", false), ("/tmp/mnt/c", false)] {
            assert_eq!(refuse_windows_mount(Utf8Path::new(path)).is_err(), refused, "{path}");
        }
    }
}
