//! Repositories to run on.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::{Sandbox, binaries};

/// A git repository in a sandbox.
pub struct Repository<'a> {
    sandbox: &'a Sandbox,
    path: Utf8PathBuf,
}

impl<'a> Repository<'a> {
    /// A repository at `name` in the sandbox, with `files` in its one commit.
    pub fn create(sandbox: &'a Sandbox, name: &str, files: &[(&str, &str)]) -> Self {
        let repository = Self::empty(sandbox, name);
        files.iter().for_each(|(file, text)| repository.write(file, text));
        repository.commit("first");
        repository
    }

    /// A repository whose one commit holds this repository's files as they are now, committed or
    /// not: what is being edited is what is tested.
    ///
    /// # Panics
    /// This repository cannot be read.
    pub fn of_this_project(sandbox: &'a Sandbox, name: &str) -> Self {
        let repository = Self::empty(sandbox, name);
        let root = binaries::root();
        let mut list = sandbox.command("git");
        list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = sandbox.run_in(list, root).expect(0).stdout;
        for file in listed.split('\0').filter(|file| root.join(file).is_file()) {
            let copy = repository.path.join(file);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(root.join(file), copy).unwrap();
        }
        repository.commit("a snapshot");
        repository
    }

    /// A repository whose one commit holds a copy of `folder`, which has no folders in it.
    ///
    /// # Panics
    /// The folder cannot be read.
    pub fn copy_of(sandbox: &'a Sandbox, name: &str, folder: &Utf8Path) -> Self {
        let repository = Self::empty(sandbox, name);
        for entry in folder.read_dir_utf8().unwrap().flatten() {
            fs::copy(entry.path(), repository.path.join(entry.file_name())).unwrap();
        }
        repository.commit("a copy");
        repository
    }

    /// What is at `path`, a repository that was made in another way.
    pub fn at(sandbox: &'a Sandbox, path: &Utf8Path) -> Self {
        Self { sandbox, path: path.to_owned() }
    }

    fn empty(sandbox: &'a Sandbox, name: &str) -> Self {
        let repository = Self { sandbox, path: sandbox.path().join(name) };
        fs::create_dir_all(&repository.path).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository
    }

    /// Its path.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Writes a file in its work tree.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits everything in its work tree, and returns the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in it, which must succeed, and returns what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = self.sandbox.command("git");
        command.args(["-c", "user.name=Test", "-c", "user.email=test@localhost"]).args(arguments);
        self.sandbox.run_in(command, &self.path).expect(0).stdout.trim().to_owned()
    }
}
