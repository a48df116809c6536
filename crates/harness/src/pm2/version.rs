//! The version of a pm2.

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::files;

/// The version of the pm2 at `program`, from its package: asked with `--version`, pm2 starts a daemon in the
/// developer's own home. None where the program is not in its package.
pub fn version(program: &Utf8Path) -> Option<String> {
    let real = program.canonicalize_utf8().ok()?;
    let packages = real.ancestors().skip(1).map(|folder| folder.join("package.json"));
    let text = packages.into_iter().find_map(|path| files::read_to_string(&path).ok())?;
    let package: Value = serde_json::from_str(&text).ok()?;
    (package["name"] == "pm2").then(|| package["version"].as_str().map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_and_not_asked() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let package = root.join("lib/node_modules/pm2");
        std::fs::create_dir_all(package.join("bin")).unwrap();
        std::fs::write(package.join("bin/pm2"), "").unwrap();
        std::os::unix::fs::symlink(package.join("bin/pm2"), root.join("pm2")).unwrap();
        assert_eq!(version(&root.join("pm2")), None);
        let written = |name: &str| format!("{{\"name\":\"{name}\",\"version\":\"7.0.4\"}}");
        std::fs::write(package.join("package.json"), written("pm2")).unwrap();
        assert_eq!(version(&root.join("pm2")).as_deref(), Some("7.0.4"));
        std::fs::write(package.join("package.json"), written("other")).unwrap();
        assert_eq!(version(&root.join("pm2")), None);
    }
}
