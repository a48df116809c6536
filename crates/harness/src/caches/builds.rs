//! Results of builds, kept between runs by the hash of the tree they were built from.

use std::fs::{self, File, TryLockError};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::Environment;
use smoke_core::files::{self, PRIVATE};
use smoke_core::stop::Stop;
use smoke_core::{remove, wait};
use smoke_record::facts::Facts;
use smoke_record::profile::{BuildSpec, Profile};

use crate::caches::room::KEPT;
use crate::own_gateway;

/// Where the program of this run's gateway is, or will be: its path is known before it is built,
/// because the config home names it. A build inside another repository has a path of its own.
pub fn program(run: &Facts, profile: &Profile, cold: bool) -> Option<Utf8PathBuf> {
    if profile.gateway.own {
        return Some(own_gateway::program(&run.cache, cold));
    }
    let build = profile.gateway.build.as_ref()?;
    let name = Utf8Path::new(&build.output).file_name()?;
    Some(folder(run).join(name))
}

/// The folder that builds of all clones have in common, which profiles know as `SMOKE_BUILD_DIR`.
pub fn shared(cache: &Utf8Path) -> Utf8PathBuf {
    cache.join("build")
}

/// The folder of all programs that were built.
pub fn programs(cache: &Utf8Path) -> Utf8PathBuf {
    cache.join("programs")
}

/// The folder of the results that were built from this run's tree, or from the commit of a gateway
/// that has a repository of its own.
pub fn folder(run: &Facts) -> Utf8PathBuf {
    let built = run.gateway_commit.as_ref().unwrap_or(&run.source.tree);
    programs(&run.cache).join(built)
}

/// Everything besides the tree that a build depends on, as text: the command, the compiler that
/// runs it, and the variables that compilers read.
pub fn key(build: &BuildSpec, gateway_commit: Option<&str>, environment: &Environment) -> String {
    const READ_BY_COMPILERS: [&str; 12] = [
        "RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTUP_TOOLCHAIN",
        "CC",
        "CFLAGS",
        "CGO_ENABLED",
        "GOFLAGS",
        "GOOS",
        "GOARCH",
        "GOTOOLCHAIN",
        "LDFLAGS",
    ];
    let mut lines = vec![format!("command {:?} -> {}", build.command, build.output)];
    lines.extend(gateway_commit.map(|commit| format!("gateway {commit}")));
    for name in READ_BY_COMPILERS {
        lines.extend(environment.get(name).map(|value| format!("{name}={value}")));
    }
    let cargo_profile = environment.iter().filter(|(key, _)| key.starts_with("CARGO_PROFILE_"));
    lines.extend(cargo_profile.map(|(key, variable)| format!("{key}={}", variable.value)));
    for program in
        build.command.first().map(String::as_str).into_iter().chain(environment.get("CARGO"))
    {
        lines.extend(stamp(program, environment));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Which file `program` is, by its path, size and time of change.
pub fn stamp(program: &str, environment: &Environment) -> Option<String> {
    let path = smoke_core::program::find(program, environment.get("PATH").unwrap_or_default())?;
    let meta = fs::metadata(&path).ok()?;
    let changed = meta.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(format!("program {path} {} {}", meta.len(), changed.as_nanos()))
}

/// A result's place while it is made: no other run makes the same one meanwhile.
pub struct Slot {
    folder: Utf8PathBuf,
    _lock: File,
}

impl Slot {
    /// Waits for `folder` to be free, for at most `patience`.
    ///
    /// # Errors
    /// It cannot be made, or another run held it for the whole time.
    pub fn take(folder: &Utf8Path, patience: Duration, stop: &Stop) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("make {folder}"))?;
        let lock = File::create(folder.join("lock")).with_context(|| format!("lock {folder}"))?;
        let attempt = wait::until(
            wait::Patience::local(patience),
            stop,
            |_| (),
            |_| match lock.try_lock() {
                Ok(()) => wait::Probe::Ready(()),
                Err(TryLockError::WouldBlock) => {
                    wait::Probe::NotYet("another run is building it".to_owned())
                }
                Err(TryLockError::Error(error)) => wait::Probe::Never(error.to_string()),
            },
        );
        if let Err(failure) = attempt {
            let reason =
                failure.attempts.last().map(|last| last.reason.clone()).unwrap_or_default();
            return Err(
                anyhow::Error::new(failure.gave_up).context(format!("wait for {folder}: {reason}"))
            );
        }
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Whether it holds `program`, built with exactly `key`.
    pub fn holds(&self, program: &Utf8Path, key: &str) -> bool {
        program.is_file() && self.is_finished(key)
    }

    /// Whether what belongs here was made from exactly `key`. A result that is used is young again.
    pub fn is_finished(&self, key: &str) -> bool {
        let path = self.folder.join("key");
        let finished = fs::read_to_string(&path).is_ok_and(|known| known == key);
        let now = || File::options().append(true).open(&path)?.set_modified(SystemTime::now());
        finished && now().is_ok()
    }

    /// Says that what is here is about to be made again.
    ///
    /// # Errors
    /// The old key cannot be removed.
    pub fn begin(&self) -> Result<()> {
        match fs::remove_file(self.folder.join("key")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("remove the key in {}", self.folder))
            }
            _ => Ok(()),
        }
    }

    /// Says that what is here was made from `key`: the last thing, so that half of it is none.
    ///
    /// # Errors
    /// The key cannot be written.
    pub fn finish(&self, key: &str) -> Result<()> {
        let path = self.folder.join("key");
        files::replace(&path, key.as_bytes(), PRIVATE).with_context(|| format!("write {path}"))
    }

    /// Takes `built` in as `program`; the key goes last, so that a half-made result is none.
    ///
    /// # Errors
    /// It cannot be copied.
    pub fn keep(&self, built: &Utf8Path, program: &Utf8Path, key: &str) -> Result<()> {
        let _ = fs::remove_file(self.folder.join("key"));
        let beside = program.with_extension("new");
        fs::copy(built, &beside).with_context(|| format!("copy {built} to {beside}"))?;
        fs::rename(&beside, program).with_context(|| format!("move {beside} to {program}"))?;
        fs::write(self.folder.join("key"), key).context("write the key of the build")
    }
}

/// Deletes all but the newest results in `place`, and all but the newest folders that have none: a build that
/// failed takes the place of no result. One that a run still uses is not among the oldest.
pub fn prune(place: &Utf8Path) {
    let entries = place.read_dir_utf8().into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.into_path());
    let (with, without): (Vec<_>, Vec<_>) = folders.partition(|path| path.join("key").exists());
    keep_newest(with, |path| path.join("key"));
    keep_newest(without, Utf8Path::to_owned);
}

/// Deletes all but the newest of `folders`; `told_by` is the file whose time counts.
fn keep_newest(folders: Vec<Utf8PathBuf>, told_by: impl Fn(&Utf8Path) -> Utf8PathBuf) {
    let time = |path: &Utf8Path| fs::metadata(told_by(path)).and_then(|meta| meta.modified()).ok();
    let timed = folders.into_iter().filter_map(|path| Some((time(&path)?, path)));
    let mut timed: Vec<(SystemTime, Utf8PathBuf)> = timed.collect();
    timed.sort_by(|a, b| b.cmp(a));
    for (_, old) in timed.into_iter().skip(KEPT) {
        let _ = remove::all(&old);
    }
}

#[cfg(test)]
mod tests {
    use smoke_core::cause::{Cause, Code};

    use super::*;

    fn build(command: &str) -> BuildSpec {
        BuildSpec { command: vec![command.into()], output: "out".into(), tidy: None }
    }

    #[test]
    fn the_key_names_the_command_the_compiler_and_its_variables() {
        let mut environment = Environment::inherited();
        let plain = key(&build("sh"), None, &environment);
        assert!(plain.contains("program /"), "{plain}");
        assert_ne!(plain, key(&build("cat"), None, &environment));
        assert_ne!(plain, key(&build("sh"), Some("abc"), &environment));
        environment.set("RUSTFLAGS", "-Copt-level=3", smoke_core::environment::Origin::Run);
        assert_ne!(plain, key(&build("sh"), None, &environment));
    }

    #[test]
    fn what_failed_takes_the_place_of_no_result() {
        let keep = tempfile::tempdir().unwrap();
        let place = Utf8Path::from_path(keep.path()).unwrap();
        let names =
            |prefix: &str| (0..KEPT + 3).map(|n| format!("{prefix}{n}")).collect::<Vec<_>>();
        for (name, is_result) in names("a")
            .iter()
            .map(|name| (name, true))
            .chain(names("b").iter().map(|name| (name, false)))
        {
            fs::create_dir(place.join(name)).unwrap();
            fs::write(place.join(name).join(if is_result { "key" } else { "lock" }), "").unwrap();
        }
        prune(place);
        let left =
            |prefix: &str| names(prefix).iter().filter(|name| place.join(name).exists()).count();
        assert_eq!((left("a"), left("b")), (KEPT, KEPT));
    }

    #[test]
    fn a_result_is_found_again_only_with_the_same_key() {
        let keep = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(keep.path()).unwrap().join("tree");
        let slot = Slot::take(&folder, Duration::from_secs(1), &Stop::default()).unwrap();
        let (built, program) = (folder.join("built"), folder.join("program"));
        fs::write(&built, "x").unwrap();
        assert!(!slot.holds(&program, "k"));
        slot.keep(&built, &program, "k").unwrap();
        assert!(slot.holds(&program, "k") && !slot.holds(&program, "other"));
        let (soon, stopped) = (Duration::from_millis(20), Stop::default());
        stopped.note(2);
        for (stop, code) in [(Stop::default(), Code::Deadline), (stopped, Code::Interrupted)] {
            let error = Slot::take(&folder, soon, &stop).err().unwrap();
            let cause = Cause::of(Code::BuildFailed, &error, "");
            assert_eq!(cause.code, code);
            assert!(cause.summary.contains("another run is building it"), "{}", cause.summary);
        }
    }
}
