//! The home of a run's pm2: in the workspace, unless its sockets do not fit there.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{Access, access};
use smoke_core::cause::{Cause, Code};
use smoke_core::files::PRIVATE;
use smoke_record::folder::private_folder;
use smoke_record::workspace::{MARKER, is_marked};

/// The longest path that leaves room for the longest socket name: 103 bytes on macOS, 107 on Linux,
/// for the path with `/interactor.sock`.
const LONGEST: usize = 103 - "/interactor.sock".len();

/// What the names of the folders outside of a workspace start with.
const PREFIX: &str = "stelae-smoke-pm2-";

/// The home for the pm2 of `workspace`, which is not made yet: the workspace's own, or a short one
/// elsewhere if pm2 would wait for ever for a socket that does not fit. One of the folders that
/// the workspace has `already` is used again.
///
/// # Errors
/// There is no place for a short one.
pub fn choose(workspace: &Utf8Path, already: &[Utf8PathBuf]) -> Result<Utf8PathBuf, Cause> {
    choose_among(workspace, already, &short_places())
}

fn choose_among(
    workspace: &Utf8Path,
    already: &[Utf8PathBuf],
    places: &[Utf8PathBuf],
) -> Result<Utf8PathBuf, Cause> {
    let own = workspace.join(".pm2");
    if fits(&own) {
        return Ok(own);
    }
    let ours = |path: &&Utf8PathBuf| is_outside(path) && fits(path) && is_marked(path);
    if let Some(known) = already.iter().find(ours) {
        return Ok(known.clone());
    }
    let name: String = (0..8).map(|_| fastrand::alphanumeric()).collect();
    let short = places.iter().map(|place| place.join(format!("{PREFIX}{name}")));
    short.into_iter().find(|path| fits(path)).ok_or_else(|| {
        let length = own.as_str().len();
        let summary = format!(
            "pm2's sockets do not fit below {own}: {length} bytes, at most {LONGEST} are possible"
        );
        Cause::new(Code::PrerequisiteMissing, summary, "set TMPDIR to a folder with a short path")
    })
}

/// Makes the chosen home. One outside of a workspace is marked like one, so that it is known to be
/// ours when it is deleted.
///
/// # Errors
/// It cannot be made.
pub fn make(home: &Utf8Path) -> std::io::Result<()> {
    private_folder(home)?;
    if is_outside(home) && !is_marked(home) {
        let mut new = fs::OpenOptions::new();
        new.create_new(true).write(true).mode(PRIVATE).open(home.join(MARKER))?;
    }
    Ok(())
}

/// Whether the folder is one of those outside of a workspace.
pub fn is_outside(home: &Utf8Path) -> bool {
    home.file_name().is_some_and(|name| name.starts_with(PREFIX))
}

fn fits(path: &Utf8Path) -> bool {
    path.as_str().len() <= LONGEST
}

/// Short folders of which at least one is writable nearly everywhere.
fn short_places() -> Vec<Utf8PathBuf> {
    let of_user = std::env::var("XDG_RUNTIME_DIR").unwrap_or_default();
    let places = ["/tmp", "/var/tmp", of_user.as_str(), "/dev/shm"].map(Utf8PathBuf::from);
    let writable = |path: &Utf8PathBuf| {
        path.is_absolute() && access(path.as_std_path(), Access::WRITE_OK | Access::EXEC_OK).is_ok()
    };
    places.into_iter().filter(writable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_that_does_not_fit_is_a_short_one_elsewhere_and_stays_the_same() {
        // TMPDIR itself may be too long, as it is on macOS.
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let place = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let places = std::slice::from_ref(&place);
        assert_eq!(choose_among(Utf8Path::new("/w"), &[], places).unwrap(), "/w/.pm2");
        let long = Utf8PathBuf::from(format!("/{}", "w".repeat(100)));
        let short = choose_among(&long, &[], places).unwrap();
        assert!(short.starts_with(&place) && is_outside(&short) && !short.exists());
        make(&short).unwrap();
        assert!(is_marked(&short));
        let again = choose_among(&long, std::slice::from_ref(&short), places).unwrap();
        assert_eq!(again, short);
        let cause = choose_among(&long, &[], &[]).unwrap_err();
        assert_eq!(cause.code, Code::PrerequisiteMissing);
    }
}
