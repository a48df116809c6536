//! Files that may be executed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use camino::Utf8Path;

/// Writes a file that may be executed.
///
/// # Panics
/// It cannot be written.
pub fn executable(path: &Utf8Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}
