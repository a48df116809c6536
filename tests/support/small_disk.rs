//! A disk with little space, as a mount that only the program under test sees.

use std::process::Command;

use camino::Utf8PathBuf;

use crate::binaries::binaries;
use crate::{Finished, Sandbox};

/// Mounts, runs, and leaves what is on the disk where it was mounted.
const SCRIPT: &str = r#"
disk=$1 size=$2; shift 2
mount -t tmpfs -o "size=$size" none "$disk" || exit 77
"$@"; code=$?
cp -r "$disk" "$disk.copy"
while umount -l "$disk" 2>/dev/null; do :; done
cp -r "$disk.copy/." "$disk" && rm -r "$disk.copy"
exit $code
"#;

/// Where the disk is.
pub fn path(sandbox: &Sandbox) -> Utf8PathBuf {
    sandbox.path().join("disk")
}

/// Runs the harness with a disk of `size` bytes at [`path`]; none where nothing can be mounted.
///
/// # Panics
/// The disk was to be had, and then was not.
pub fn run(sandbox: &Sandbox, size: usize, arguments: &[&str]) -> Option<Finished> {
    let disk = path(sandbox);
    std::fs::create_dir_all(&disk).unwrap();
    let mut command = with_mounts(sandbox, SCRIPT)?;
    command.args([disk.as_str(), &size.to_string(), binaries().xtask.as_str()]).args(arguments);
    let finished = sandbox.run(command).finish();
    assert_ne!(finished.code, 77, "{}", finished.shown());
    Some(finished)
}

/// A shell script that can mount what nobody else sees; none where that cannot be.
pub fn with_mounts(sandbox: &Sandbox, script: &str) -> Option<Command> {
    const FLAGS: [&str; 3] = ["--mount", "--user", "--map-root-user"];
    let flags = [&FLAGS[..1], &FLAGS[..]].into_iter().find(|flags| may_unshare(flags))?;
    let mut command = sandbox.command("unshare");
    command.args(flags).args(["sh", "-c", script, "sh"]);
    Some(command)
}

fn may_unshare(flags: &[&str]) -> bool {
    let mount = "mount -t tmpfs none /mnt";
    let tried = Command::new("unshare").args(flags).args(["sh", "-c", mount]).output();
    tried.is_ok_and(|tried| tried.status.success())
}
