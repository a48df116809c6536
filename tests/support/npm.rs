//! Programs from npm, installed by their lock files.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use camino::Utf8PathBuf;

use crate::binaries::{root, target};

/// Installs `tests/parts/NAME` once for all tests of this machine and returns its `program`; the lock
/// keeps other test programs out.
///
/// # Errors
/// Why this machine cannot have it.
///
/// # Panics
/// There is no such part, or the target folder cannot be written.
pub fn install(name: &str, program: &str) -> Result<Utf8PathBuf, String> {
    with(&["ci", "--ignore-scripts"], name, program)
}

/// The same for a package whose own script puts its program in place, and whose lock file cannot list
/// what it has for other machines.
///
/// # Errors
/// As [`install`].
///
/// # Panics
/// As [`install`].
pub fn install_with_scripts(name: &str, program: &str) -> Result<Utf8PathBuf, String> {
    with(&["install"], name, program)
}

fn with(how: &[&str], name: &str, program: &str) -> Result<Utf8PathBuf, String> {
    for needed in ["npm", "node"] {
        let mut command = Command::new(needed);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().map_err(|error| format!("{needed}: {error}"))?;
    }
    let (source, folder) =
        (root().join("tests/parts").join(name), target().join("parts").join(name));
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join(".lock")).unwrap();
    lock.lock().unwrap();
    let program = folder.join("node_modules/.bin").join(program);
    let wanted = fs::read(source.join("package-lock.json")).unwrap();
    let done = folder.join("installed-package-lock.json");
    if program.exists() && fs::read(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    let mut npm = Command::new("npm");
    npm.args(how).args(["--no-audit", "--no-fund"]).current_dir(&folder);
    let output = npm.output().unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("npm {}: {}", how[0], said.trim()));
    }
    fs::write(done, wanted).unwrap();
    Ok(program)
}
