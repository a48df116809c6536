//! Installing while things go wrong: kills, a second installer, a full disk, a read-only one.
//!
//! The installer runs in a process of its own, which is this test program again.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic and say why it skips"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_bundle::{ConfigHome, InstallOptions, Summary};

/// How often the installer is killed.
const ROUNDS: u32 = 60;

/// What the child process does: it installs the bundle that its environment names.
#[test]
fn child() {
    let path = |key: &str| std::env::var(key).map(Utf8PathBuf::from);
    // The other tests run this one in a process of its own; by itself it has nothing to install.
    if let (Ok(bundle), Ok(home)) = (path("TEST_BUNDLE"), path("TEST_HOME")) {
        install(&bundle, &home).expect("installs");
    }
}

#[test]
fn a_kill_leaves_whole_files_and_a_second_run_finishes() {
    let folder = Folder::new();
    let bundle = folder.bundle("pack", 300);
    let clean = folder.path.join("clean");
    let start = Instant::now();
    assert!(spawn(&bundle, &clean).wait().unwrap().success());
    let mut whole = start.elapsed();
    let wanted = tree(&clean);
    let home = folder.path.join("home");
    let mut interrupted = 0;
    for round in 0..ROUNDS {
        let (mut child, start) = (spawn(&bundle, &home), Instant::now());
        // Most kills hit the last third, where files are replaced.
        let share = 30 + 80 * round / ROUNDS;
        while start.elapsed() < whole * share / 100 {
            // How long a whole one takes changes with what else the machine does.
            if child.try_wait().unwrap().is_some() {
                whole = start.elapsed();
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        interrupted += usize::from(!child.wait().unwrap().success());
        check_whole(&home);
        if round % 2 == 1 {
            install(&bundle, &home).unwrap();
            assert_eq!(tree(&home), wanted);
            fs::remove_dir_all(&home).unwrap();
        }
    }
    assert!(interrupted > 10, "only {interrupted} of {ROUNDS} were interrupted");
}

#[test]
fn two_at_once_do_not_lose_a_server() {
    let folder = Folder::new();
    let bundles = [folder.bundle("one", 50), folder.bundle("two", 50), folder.bundle("three", 50)];
    let home = folder.path.join("home");
    let children: Vec<_> = bundles.iter().map(|bundle| spawn(bundle, &home)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let overlay = read(&ConfigHome::new(home.clone()).overlay());
    assert_eq!(overlay["mcpServers"].as_object().unwrap().len(), 150);
    let registry = read(&ConfigHome::new(home).registry());
    assert_eq!(registry["installs"].as_object().unwrap().len(), 150);
}

#[test]
fn a_full_disk_changes_nothing() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder.path.join("disk"), "size=96k,mode=0777") else { return };
    let home = disk.path.join("home");
    install(&folder.bundle("small", 3), &home).unwrap();
    let before = tree(&home);
    let error = format!("{:#}", install(&folder.bundle("large", 500), &home).unwrap_err());
    assert!(
        error.contains("No space left on device") && error.contains("nothing was changed"),
        "{error}"
    );
    assert_eq!(tree(&home), before);
    assert!(!home.join("bundles/large").exists());
}

#[test]
fn a_read_only_disk_is_named() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder.path.join("disk"), "size=1m,mode=0777") else { return };
    let home = disk.path.join("home");
    install(&folder.bundle("first", 1), &home).unwrap();
    let before = tree(&home);
    disk.remount("ro");
    let error = format!("{:#}", install(&folder.bundle("second", 1), &home).unwrap_err());
    assert!(error.contains("Read-only file system") && error.contains(home.as_str()), "{error}");
    assert_eq!(tree(&home), before);
}

#[test]
fn another_users_home_is_refused() {
    let folder = Folder::new();
    let home = folder.path.join("home");
    fs::create_dir(&home).unwrap();
    if !as_root(&["chown", "12345", home.as_str()]) {
        return skipped("a folder cannot be given away");
    }
    let error = install(&folder.bundle("pack", 1), &home).unwrap_err().to_string();
    assert!(error.contains("belongs to user 12345"), "{error}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

fn install(bundle: &Utf8Path, home: &Utf8Path) -> anyhow::Result<Summary> {
    let fixed = |key: &str| (key == "SOURCE_DATE_EPOCH").then(|| "1".to_owned());
    let bundle = smoke_bundle::read(bundle)?;
    let home = ConfigHome::new(home);
    smoke_bundle::install(&bundle, &home, &InstallOptions::default(), &fixed, &mut |_| {})
}

fn spawn(bundle: &Utf8Path, home: &Utf8Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .envs([("TEST_BUNDLE", bundle), ("TEST_HOME", home)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn read(path: &Utf8Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every file below `folder` with its content, but for the lock.
fn tree(folder: &Utf8Path) -> BTreeMap<Utf8PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in current.read_dir_utf8().into_iter().flatten() {
            let path = entry.unwrap().into_path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name() != Some("bundle.lock") {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn check_whole(home: &Utf8Path) {
    for path in tree(home).keys().filter(|path| path.extension() == Some("json")) {
        read(&home.join(path));
    }
}

struct Folder {
    path: Utf8PathBuf,
    _guard: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let guard = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(guard.path()).unwrap().canonicalize_utf8().unwrap();
        Self { path, _guard: guard }
    }

    fn bundle(&self, name: &str, servers: usize) -> Utf8PathBuf {
        let server = |number: usize| {
            json!({
                "name": format!("{name}-{number}"), "command": "/bin/sh", "source": "test",
                "installRef": format!("{name}:{number}"), "description": "one of many",
            })
        };
        let servers: Vec<_> = (0..servers).map(server).collect();
        let folder = self.path.join(name);
        fs::create_dir(&folder).unwrap();
        let catalog = json!({"name": name, "servers": servers});
        fs::write(folder.join("catalog.json"), catalog.to_string()).unwrap();
        fs::write(folder.join("README.md"), "a file that is copied").unwrap();
        folder
    }
}

/// Runs a command that only root may run: as root already, else where sudo asks for no password.
fn as_root(command: &[&str]) -> bool {
    let root = rustix::process::geteuid().is_root();
    let words = if root { command.to_vec() } else { [&["sudo", "-n"], command].concat() };
    let mut process = Command::new(words[0]);
    process.args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null());
    process.status().is_ok_and(|status| status.success())
}

/// Says why a test is skipped, past the test harness, which keeps what a passing test prints.
fn skipped(why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A small file system of its own, where this machine lets a test have one.
struct Disk {
    path: Utf8PathBuf,
}

impl Disk {
    fn mount(path: &Utf8Path, options: &str) -> Option<Self> {
        fs::create_dir(path).unwrap();
        let disk = Self { path: path.to_owned() };
        let done = disk.run(&["mount", "-t", "tmpfs", "-o", options, "tmpfs"]);
        if !done {
            skipped("a test cannot mount a tmpfs here");
            std::mem::forget(disk);
            return None;
        }
        Some(disk)
    }

    fn remount(&self, how: &str) {
        assert!(self.finally(&["mount", "-o", &format!("remount,{how}")]));
    }

    /// A process that another test is starting has the open files of this one until it is what it
    /// is to be, and a disk is busy meanwhile.
    fn finally(&self, command: &[&str]) -> bool {
        let start = Instant::now();
        while !self.run(command) {
            if start.elapsed() > Duration::from_secs(10) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    fn run(&self, command: &[&str]) -> bool {
        as_root(&[command, &[self.path.as_str()]].concat())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let is_gone = self.finally(&["umount"]);
        assert!(is_gone || std::thread::panicking(), "{} stays mounted", self.path);
    }
}
