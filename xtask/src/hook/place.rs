//! The hook's file in the folder of the hooks: put there, and taken away again.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files;

use super::repository::Repository;
use super::script::{self, Kind};

/// The files beside each other: the hook, what was there before, and who shares it.
pub struct Place {
    /// The hook.
    pub hook: Utf8PathBuf,
    /// What was there before.
    pub earlier: Utf8PathBuf,
    /// The repositories that use a hook in a shared folder, a line for each.
    users: Utf8PathBuf,
    shared: bool,
}

impl Place {
    /// In the folder that git looks in.
    pub fn of(repository: &Repository) -> Self {
        let hook = repository.hooks.join("pre-push");
        let beside = |end: &str| Utf8PathBuf::from(format!("{hook}.{end}"));
        let (earlier, users) = (beside("before-clone-smoke"), beside("clone-smoke-users"));
        Self { earlier, users, hook, shared: repository.shares_hooks() }
    }

    /// What the hook is that is there, if one is.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn kind(&self) -> Result<Option<Kind>> {
        match fs::symlink_metadata(&self.hook) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            // A link is somebody's, whatever it leads to.
            Ok(meta) if !meta.is_file() => return Ok(Some(Kind::Foreign)),
            _ => {}
        }
        let content = fs::read(&self.hook).with_context(|| format!("read {}", self.hook))?;
        Ok(Some(script::kind(&content)))
    }

    /// Puts the hook there for `common`. What is there already is moved aside, as it is.
    ///
    /// # Errors
    /// The folder cannot be written, or what is there is neither ours nor can be moved aside.
    pub fn install(&self, common: &Utf8Path) -> Result<()> {
        let kind = self.kind()?;
        if kind == Some(Kind::Changed) {
            bail!("{} was changed since it was installed; take the change out first", self.hook);
        }
        let move_aside = kind == Some(Kind::Foreign);
        if move_aside && fs::symlink_metadata(&self.earlier).is_ok() {
            bail!("{} is there already; move it away first", self.earlier);
        }
        if move_aside {
            rename(&self.hook, &self.earlier)?;
        }
        if let Err(error) = self.write() {
            if move_aside {
                rename(&self.earlier, &self.hook)?;
            }
            return Err(error);
        }
        self.note_user(common)
    }

    fn write(&self) -> Result<()> {
        files::replace(&self.hook, script::text().as_bytes(), 0o755)
            .and_then(|()| {
                let mode = fs::metadata(&self.hook)?.permissions().mode();
                fs::set_permissions(&self.hook, Permissions::from_mode(mode | 0o500))
            })
            .with_context(|| format!("write {}", self.hook))
    }

    /// Takes the hook away for `common`, and puts back what was there before. Returns whether the
    /// hook is gone: in a shared folder it stays for the others.
    ///
    /// # Errors
    /// The hook was changed since, or the folder cannot be written.
    pub fn uninstall(&self, common: &Utf8Path) -> Result<bool> {
        let kind = self.kind()?;
        let earlier = fs::symlink_metadata(&self.earlier).is_ok();
        match kind {
            Some(Kind::Changed) => {
                bail!("{} was changed since it was installed, and is left alone", self.hook)
            }
            Some(Kind::Foreign) if earlier => bail!(
                "{} is no longer the one that was installed, and is left alone; {} is what was there",
                self.hook,
                self.earlier
            ),
            Some(Kind::Foreign) => return Ok(true),
            Some(Kind::Current | Kind::OfAnotherVersion) => {
                if self.others_use_it(common)? {
                    return Ok(false);
                }
                fs::remove_file(&self.hook).with_context(|| format!("remove {}", self.hook))?;
            }
            None => {}
        }
        if earlier {
            rename(&self.earlier, &self.hook)?;
        }
        Ok(true)
    }

    fn note_user(&self, common: &Utf8Path) -> Result<()> {
        if !self.shared {
            return Ok(());
        }
        let mut users = self.other_users(common);
        users.push(common.to_string());
        self.write_users(&users)
    }

    fn others_use_it(&self, common: &Utf8Path) -> Result<bool> {
        let others = self.other_users(common);
        if others.is_empty() {
            let _ = fs::remove_file(&self.users);
        } else {
            self.write_users(&others)?;
        }
        Ok(!others.is_empty())
    }

    fn write_users(&self, users: &[String]) -> Result<()> {
        let text = users.join("\n") + "\n";
        files::replace(&self.users, text.as_bytes(), 0o644)
            .with_context(|| format!("write {}", self.users))
    }

    /// Those that still have the hook's settings.
    fn other_users(&self, common: &Utf8Path) -> Vec<String> {
        let users = fs::read_to_string(&self.users).unwrap_or_default();
        let lines = users.lines().filter(|line| *line != common.as_str());
        let lives = |line: &&str| Utf8Path::new(line).join("clone-smoke/settings.json").exists();
        lines.filter(lives).map(str::to_owned).collect()
    }
}

fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("move {from} to {to}"))
}
