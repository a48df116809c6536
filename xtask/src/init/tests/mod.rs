//! Tests of first profiles, on small repositories.

mod choice;
mod lists;
mod node;
mod packages;
mod python;

use camino::Utf8PathBuf;
use smoke_core::cause::Cause;
use smoke_core::environment::Environment;
use smoke_record::profile::{self, Profile};

use super::init;

/// A repository of these files.
pub fn laid_out(files: &[(&str, &str)]) -> (tempfile::TempDir, Utf8PathBuf, Environment) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    let git = std::process::Command::new("git").args(["init", "-q"]).current_dir(&root).status();
    assert!(git.unwrap().success());
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut environment = Environment::inherited();
    smoke_core::git::forget_repository(&mut environment).unwrap();
    (folder, root, environment)
}

/// Makes a profile of the files, and reads it back.
fn made(files: &[(&str, &str)]) -> Result<(Profile, String), Cause> {
    let (_folder, root, environment) = laid_out(files);
    init(&root, &environment, None)?;
    let text = std::fs::read_to_string(root.join("smoke.toml")).unwrap();
    Ok((profile::read(&root.join("smoke.toml"), &text).unwrap(), text))
}

const SDK: &str = r#""dependencies":{"@modelcontextprotocol/sdk":"^1"}"#;
