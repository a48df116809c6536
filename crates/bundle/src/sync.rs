//! The bundle's own folder in the config home: a copy of the bundle, with its catalog rewritten in
//! the one form that every reader of the catalog fragments gets.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::transaction::{PRIVATE, Transaction};
use crate::{Bundle, ConfigHome, guard};

const CATALOG: &str = "catalog.json";

/// The most that the files of one bundle may be together, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// Refuses a bundle whose folder cannot be copied, before anything is written.
pub fn check(bundle: &Bundle) -> Result<()> {
    bundle.source().map_or(Ok(()), |source| check_size(source, &files(source)?))
}

/// Plans to make the bundle's folder in the config home like the bundle.
pub fn prepare(bundle: &Bundle, home: &ConfigHome, transaction: &mut Transaction) -> Result<()> {
    let target = home.bundle(bundle.name());
    guard::check_inside(home, &target)?;
    if let Some(source) = bundle.source().filter(|source| !same(source, &target)) {
        copy(source, &target, home, transaction)?;
    }
    transaction.write(&target.join(CATALOG), bundle.catalog_bytes()?, PRIVATE)
}

/// Plans to remove the bundle's folder from the config home.
pub fn prepare_removal(
    bundle: &Bundle,
    home: &ConfigHome,
    transaction: &mut Transaction,
) -> Result<()> {
    let target = home.bundle(bundle.name());
    guard::check_inside(home, &target)?;
    if target.is_dir() {
        files(&target)?.into_iter().rev().for_each(|file| transaction.remove(target.join(file)));
    }
    Ok(())
}

fn copy(
    source: &Utf8Path,
    target: &Utf8Path,
    home: &ConfigHome,
    transaction: &mut Transaction,
) -> Result<()> {
    if home.root().canonicalize_utf8().is_ok_and(|root| root.starts_with(source)) {
        bail!("{source}: the config home lies in the bundle's folder; move one of them");
    }
    let wanted = files(source)?;
    check_size(source, &wanted)?;
    for file in wanted.iter().filter(|file| *file != CATALOG) {
        let from = source.join(file);
        let bytes = fs::read(&from).with_context(|| format!("read {from}"))?;
        let mode = fs::metadata(&from).map_or(PRIVATE, |meta| meta.permissions().mode());
        transaction.write(&target.join(file), bytes, mode & 0o755 | PRIVATE)?;
    }
    let wanted: HashSet<_> = wanted.iter().map(Utf8PathBuf::as_path).collect();
    let present = if target.is_dir() { files(target)? } else { Vec::new() };
    let stale = present.iter().filter(|file| !wanted.contains(file.as_path()));
    stale.rev().for_each(|file| transaction.remove(target.join(file)));
    Ok(())
}

fn same(source: &Utf8Path, target: &Utf8Path) -> bool {
    target.canonicalize_utf8().is_ok_and(|target| target == source)
}

fn check_size(source: &Utf8Path, files: &[Utf8PathBuf]) -> Result<()> {
    let sizes = files.iter().filter_map(|file| fs::metadata(source.join(file)).ok());
    if sizes.map(|meta| meta.len()).sum::<u64>() > MAX_BYTES {
        bail!(
            "{source}: the bundle is larger than {} MiB; take out what is not config",
            MAX_BYTES >> 20
        );
    }
    Ok(())
}

/// The files below `folder`, sorted, as paths relative to it. A symbolic link to a file in the
/// folder counts as that file; any other link, and whatever is no file, is refused.
fn files(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = current.read_dir_utf8().with_context(|| format!("list {current}"))?;
        for entry in entries {
            let path = entry.with_context(|| format!("list {current}"))?.into_path();
            if check_kind(folder, &path)?.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn check_kind(folder: &Utf8Path, path: &Utf8Path) -> Result<fs::FileType> {
    let kind = fs::symlink_metadata(path).with_context(|| format!("look at {path}"))?.file_type();
    let real = path.canonicalize_utf8().unwrap_or_default();
    let leads_to_ours = || {
        let folder = folder.canonicalize_utf8().unwrap_or_default();
        real.is_file() && real.starts_with(folder)
    };
    if kind.is_symlink() && !leads_to_ours() {
        bail!("{path}: this symbolic link does not lead to a file of the bundle; remove it");
    }
    if !kind.is_symlink() && !kind.is_dir() && !kind.is_file() {
        bail!("{path}: this is no regular file; remove it from the bundle");
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn setup() -> (tempfile::TempDir, Utf8PathBuf, ConfigHome) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap();
        let source = path.join("pack");
        fs::create_dir_all(source.join("sub")).unwrap();
        fs::write(source.join(CATALOG), r#"{"name":"p"}"#).unwrap();
        fs::write(source.join("sub/run.sh"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(source.join("sub/run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        (folder, source, ConfigHome::new(path.join("home")))
    }

    fn sync(source: &Utf8Path, home: &ConfigHome) -> Result<usize> {
        let bundle = crate::read(source)?;
        let mut transaction = Transaction::default();
        prepare(&bundle, home, &mut transaction)?;
        let changes = transaction.paths().len();
        transaction.commit(home)?;
        Ok(changes)
    }

    #[test]
    fn copies_what_differs_and_removes_what_is_gone() {
        let (_guard, source, home) = setup();
        symlink("sub/run.sh", source.join("link")).unwrap();
        assert_eq!(sync(&source, &home).unwrap(), 3);
        assert_eq!(sync(&source, &home).unwrap(), 0);
        let target = home.bundle("p");
        let catalog = fs::read_to_string(target.join(CATALOG)).unwrap();
        assert_eq!(catalog, "{\n  \"name\": \"p\",\n  \"servers\": []\n}\n");
        let mode = fs::metadata(target.join("sub/run.sh")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        assert!(!fs::symlink_metadata(target.join("link")).unwrap().is_symlink());
        fs::remove_dir_all(source.join("sub")).unwrap();
        fs::remove_file(source.join("link")).unwrap();
        assert_eq!(sync(&source, &home).unwrap(), 2);
        assert!(!target.join("sub").exists());
    }

    #[test]
    fn an_installed_bundle_can_be_its_own_source() {
        let (_guard, source, home) = setup();
        sync(&source, &home).unwrap();
        assert_eq!(sync(&home.bundle("p"), &home).unwrap(), 0);
    }

    #[test]
    fn a_link_out_of_the_bundle_is_refused() {
        let (_guard, source, home) = setup();
        symlink("/etc/passwd", source.join("link")).unwrap();
        assert!(sync(&source, &home).unwrap_err().to_string().contains("symbolic link"));
        assert!(!home.root().exists());
    }

    #[test]
    fn a_home_inside_the_bundle_is_refused() {
        let (_guard, source, _) = setup();
        let home = ConfigHome::new(source.join("home"));
        fs::create_dir(home.root()).unwrap();
        assert!(sync(&source, &home).unwrap_err().to_string().contains("lies in the bundle"));
    }
}
