//! The programs under test, and the misbehaving ones of this package.

use std::fs::{self, File};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

/// The programs under test.
pub struct Binaries {
    /// The harness.
    pub xtask: Utf8PathBuf,
    /// The embedded stack.
    pub stack: Utf8PathBuf,
}

/// Builds the programs under test, once in a process, so that tests never run old ones.
///
/// # Panics
/// They cannot be built.
pub fn binaries() -> &'static Binaries {
    static BUILT: OnceLock<Binaries> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--locked", "--package", "xtask", "--package", "stack"])
            .args(["--target-dir", target().as_str()])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let programs = target().join("debug");
        let built = Binaries { xtask: programs.join("xtask"), stack: programs.join("stack") };
        renew(&built.stack);
        built
    })
}

/// The harness builds its own gateway anew when the lock file is younger, while cargo, which has just
/// looked, leaves alone what a change of it does not touch.
fn renew(program: &Utf8Path) {
    let changed = |path: &Utf8Path| fs::metadata(path).unwrap().modified().unwrap();
    let looked_at = ["Cargo.toml", "Cargo.lock"].map(|file| changed(&root().join(file)));
    if looked_at.into_iter().any(|file| file > changed(program)) {
        File::open(program).unwrap().set_modified(SystemTime::now()).unwrap();
    }
}

/// A program of this package, which cargo builds before any of its tests run.
///
/// # Panics
/// There is none of this name.
pub fn program(name: &str) -> Utf8PathBuf {
    let path = own_folder().join(name);
    assert!(path.is_file(), "{path} was not built");
    path
}

/// The target folder that this test runs from.
///
/// # Panics
/// The test does not run from one.
pub fn target() -> Utf8PathBuf {
    own_folder().parent().unwrap().to_owned()
}

/// The root of this repository.
///
/// # Panics
/// This package is not in one.
pub fn root() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// `TARGET/debug`: a test is in the folder `deps` of it.
fn own_folder() -> Utf8PathBuf {
    let exe = Utf8PathBuf::from_path_buf(std::env::current_exe().unwrap()).unwrap();
    exe.ancestors().nth(2).unwrap().to_owned()
}
