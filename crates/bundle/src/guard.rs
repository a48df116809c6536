//! The guard of a config home: nothing is written outside of it, or into somebody else's.

use std::fs;
use std::os::unix::fs::MetadataExt;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::{ConfigHome, Refusal};

/// Refuses a config home that is no folder, or that belongs to another user: what is written
/// there would then belong to the wrong one.
pub fn check_home(home: &ConfigHome) -> Result<()> {
    let root = home.root();
    if !root.is_absolute() {
        bail!(Refusal::new(
            format!("the config home {root} is not absolute"),
            "give its full path"
        ));
    }
    let Ok(meta) = fs::metadata(root) else { return Ok(()) };
    if !meta.is_dir() {
        bail!(Refusal::new(
            format!("the config home {root} is not a folder"),
            "choose another path"
        ));
    }
    let user = rustix::process::geteuid().as_raw();
    if meta.uid() != user {
        bail!(Refusal::new(
            format!(
                "the config home {root} belongs to user {}, and you are user {user}",
                meta.uid()
            ),
            "run this as that user, or choose another config home",
        ));
    }
    Ok(())
}

/// Refuses a path that leaves the config home, by `..` or by a symbolic link on its way.
pub fn check_inside(home: &ConfigHome, path: &Utf8Path) -> Result<()> {
    let (root, real) = (resolve(home.root())?, resolve(path)?);
    if real.starts_with(&root) {
        return Ok(());
    }
    bail!(Refusal::new(
        format!("{path} leads to {real}, outside the config home {root}"),
        "remove the symbolic link or correct the path",
    ));
}

/// The path without symbolic links and `..`, though its last parts may not exist yet.
fn resolve(path: &Utf8Path) -> Result<Utf8PathBuf> {
    if let Ok(real) = path.canonicalize_utf8() {
        return Ok(real);
    }
    let broken_link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    let (Some(parent), Some(name), false) = (path.parent(), path.file_name(), broken_link) else {
        return Err(anyhow::anyhow!("this leads nowhere")).with_context(|| path.to_string());
    };
    Ok(resolve(parent)?.join(name))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_out_of_the_home_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let home = ConfigHome::new(folder.join("home"));
        fs::create_dir_all(home.root()).unwrap();
        fs::create_dir(folder.join("other")).unwrap();
        symlink(folder.join("other"), home.bundles()).unwrap();
        symlink("nowhere", home.root().join("broken")).unwrap();
        check_home(&home).unwrap();
        check_inside(&home, &home.overlay()).unwrap();
        check_inside(&home, &home.state_home().join("deep/file")).unwrap();
        assert!(
            check_inside(&home, &home.bundle("x")).unwrap_err().to_string().contains("outside")
        );
        assert!(check_inside(&home, &home.root().join("../other/x")).is_err());
        assert!(check_inside(&home, &home.root().join("broken")).is_err());
    }

    #[test]
    fn a_home_that_is_a_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = Utf8Path::from_path(file.path()).unwrap();
        assert!(check_home(&ConfigHome::new(path)).is_err());
        assert!(check_home(&ConfigHome::new("relative")).is_err());
    }
}
