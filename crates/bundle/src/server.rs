//! The installation or removal of one server, as an agent asks the stack for it.

use anyhow::Result;
use camino::Utf8PathBuf;
use serde_json::Value;
use smoke_core::text::nearest;

use crate::check::Checker;
use crate::descriptor::Descriptor;
use crate::overlay::Overlay;
use crate::overrides::Overrides;
use crate::summary::Part;
use crate::transaction::{PRIVATE, Transaction};
use crate::{ConfigHome, Lookup, Refusal, guard, lock, names, registry};

/// How one server is installed or removed.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// The name to install it under, instead of the descriptor's.
    pub name: Option<String>,
    /// The gateway's template, whose servers may clash with the new one.
    pub template: Option<Utf8PathBuf>,
    /// Work out what would change, and write nothing.
    pub dry_run: bool,
    /// Replace a server that is set up differently; what was there is backed up.
    pub force: bool,
}

/// What installing or removing a server changed, or would change.
#[derive(Clone, Debug)]
pub struct ServerChange {
    /// The server's name in the gateway's config.
    pub name: String,
    /// The parts that changed; none means that the server was set up like this already.
    pub what: Vec<Part>,
    /// The files that changed, with their differences.
    pub files: Vec<FileDiff>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The number of tools that the descriptor lists.
    pub tools: usize,
}

/// One changed file.
#[derive(Clone, Debug)]
pub struct FileDiff {
    /// The file.
    pub path: Utf8PathBuf,
    /// What changed in it, as a unified diff.
    pub diff: String,
}

/// Installs the server that `descriptor` describes into the overlay, and what it says about its
/// tools into the overrides. The change takes effect when the config is rendered.
///
/// # Errors
/// A [`Refusal`] that says what to do, when the descriptor is not usable here or clashes with a
/// server that is there; any failure to read or write the config home, which is then unchanged.
pub fn install_server(
    home: &ConfigHome,
    descriptor: &Value,
    options: &ServerOptions,
    lookup: Lookup,
) -> Result<ServerChange> {
    let descriptor = Descriptor::parse(descriptor).map_err(|fault| {
        Refusal::new(format!("{}: {}", fault.field, fault.what), "correct the descriptor")
    })?;
    let name = options.name.clone().unwrap_or_else(|| descriptor.name.clone());
    if let Some(fault) = names::fault(&name) {
        return Err(
            Refusal::new(format!("the name {name:?} {fault}"), "choose another name").into()
        );
    }
    change(home, options, |files| {
        let what = files.install(&name, &descriptor, &mut Checker::new(lookup), options.force)?;
        Ok((name, what, descriptor.tools.len()))
    })
}

/// Takes the server `name` out of the overlay and the overrides. The change takes effect when the
/// config is rendered.
///
/// # Errors
/// A [`Refusal`] with the nearest names, when neither file knows the server; any failure to read
/// or write the config home, which is then unchanged.
pub fn remove_server(
    home: &ConfigHome,
    name: &str,
    options: &ServerOptions,
) -> Result<ServerChange> {
    change(home, options, |files| {
        let what = files.remove(name);
        if what.is_empty() {
            return Err(not_found(name, files.overlay.names()).into());
        }
        Ok((name.to_owned(), what, 0))
    })
}

/// The two files that a server lives in.
pub struct ServerFiles {
    pub overlay: Overlay,
    pub overrides: Overrides,
}

impl ServerFiles {
    pub fn read(home: &ConfigHome, template: Option<&Utf8PathBuf>) -> Result<Self> {
        let overlay = Overlay::read(&home.overlay(), template)?;
        Ok(Self { overlay, overrides: Overrides::read(home.overrides())? })
    }

    pub fn install(
        &mut self,
        name: &str,
        descriptor: &Descriptor,
        checker: &mut Checker,
        force: bool,
    ) -> Result<Vec<Part>, Refusal> {
        let entry = descriptor.entry()?;
        checker.check(descriptor)?;
        let template = self.overlay.upsert(name, entry, force)?;
        let overrides = self.overrides.apply(name, descriptor);
        Ok(Part::list(template, overrides))
    }

    pub fn remove(&mut self, name: &str) -> Vec<Part> {
        Part::list(self.overlay.remove(name), self.overrides.remove(name))
    }

    /// Plans to write what changed.
    pub fn prepare(self, home: &ConfigHome, transaction: &mut Transaction) -> Result<()> {
        if let Some(overlay) = self.overlay.into_document() {
            transaction.write(&home.overlay(), overlay.to_bytes()?, PRIVATE)?;
        }
        if let Some(overrides) = self.overrides.into_document() {
            transaction.write(home.overrides(), overrides.to_bytes()?, PRIVATE)?;
        }
        Ok(())
    }
}

/// That there is no server `name`, with the nearest of the known ones.
pub fn not_found<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Refusal {
    let remedy = match nearest::all(name, known).as_slice() {
        [] => "list the servers to see their names".to_owned(),
        nearest => format!("did you mean {}?", nearest.join(", ")),
    };
    Refusal::new(format!("there is no server {name:?}"), remedy)
}

type Changed = (String, Vec<Part>, usize);

fn change(
    home: &ConfigHome,
    options: &ServerOptions,
    edit: impl FnOnce(&mut ServerFiles) -> Result<Changed>,
) -> Result<ServerChange> {
    guard::check_home(home)?;
    let _lock = if options.dry_run { None } else { Some(lock::acquire(home)?) };
    let mut files = ServerFiles::read(home, options.template.as_ref())?;
    let (name, what, tools) = edit(&mut files)?;
    let mut transaction = Transaction::default();
    files.prepare(home, &mut transaction)?;
    let diffs = transaction.diffs()?.into_iter().map(|(path, diff)| FileDiff { path, diff });
    let change =
        ServerChange { name, what, files: diffs.collect(), dry_run: options.dry_run, tools };
    if !options.dry_run {
        if options.force {
            transaction.back_up(home, &registry::stamp())?;
        }
        transaction.commit(home)?;
    }
    Ok(change)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use serde_json::json;

    use super::*;

    fn home() -> (tempfile::TempDir, ConfigHome) {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap().join("home"));
        (folder, home)
    }

    fn clock() -> Value {
        json!({"name": "clock", "command": "/bin/sh", "tools": [{"name": "now", "description": "Time"}]})
    }

    fn install(home: &ConfigHome, options: &ServerOptions) -> Result<ServerChange> {
        install_server(home, &clock(), options, &|_| None)
    }

    #[test]
    fn a_server_comes_and_goes() {
        let (_folder, home) = home();
        let options = ServerOptions::default();
        assert_eq!(install(&home, &options).unwrap().what, [Part::Template, Part::Overrides]);
        assert_eq!(install(&home, &options).unwrap().what, []);
        let alias = ServerOptions { name: Some("alias".into()), ..ServerOptions::default() };
        assert_eq!(install(&home, &alias).unwrap().name, "alias");
        assert_eq!(remove_server(&home, "clock", &options).unwrap().what.len(), 2);
        let error = remove_server(&home, "alia", &options).unwrap_err();
        assert!(error.to_string().contains("did you mean alias?"), "{error}");
    }

    #[test]
    fn a_dry_run_writes_nothing() {
        let (_folder, home) = home();
        let options = ServerOptions { dry_run: true, ..ServerOptions::default() };
        let change = install(&home, &options).unwrap();
        assert!(change.files[0].diff.contains("+    \"clock\": {"), "{}", change.files[0].diff);
        assert!(!home.root().exists());
    }

    #[test]
    fn force_keeps_a_copy() {
        let (_folder, home) = home();
        install(&home, &ServerOptions::default()).unwrap();
        let other = json!({"name": "clock", "command": "/bin/cat"});
        let refused = install_server(&home, &other, &ServerOptions::default(), &|_| None);
        assert!(refused.unwrap_err().to_string().contains("--force"));
        let force = ServerOptions { force: true, ..ServerOptions::default() };
        install_server(&home, &other, &force, &|_| None).unwrap();
        assert_eq!(home.backups().read_dir_utf8().unwrap().count(), 1);
    }

    #[test]
    fn a_bad_descriptor_changes_nothing() {
        let (_folder, home) = home();
        let bad = json!({"name": "a", "command": "/none"});
        assert!(install_server(&home, &bad, &ServerOptions::default(), &|_| None).is_err());
        assert!(!home.overlay().exists());
    }
}
