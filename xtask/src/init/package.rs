//! A package of the repository that may be a server: what installs it, and how what is in it is run.

use camino::{Utf8Path, Utf8PathBuf};

use super::command_line::{self, Asked, Line, stem, unversioned};
use super::repository::Repository;

/// A package.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// The file that says what it is.
    pub manifest: Utf8PathBuf,
    /// Why it may be a server, in words that follow the file's name.
    pub because: String,
    /// How sure that is.
    pub sureness: Sureness,
    /// The names under which others know it.
    pub names: Vec<String>,
    /// What can be run of it, the likeliest first.
    pub programs: Vec<Program>,
    /// Whether it says itself what its programs are: then no example for a shell counts.
    pub is_declared: bool,
    /// Whether it may as well be a library.
    pub is_library: bool,
    /// How its files are run.
    pub runner: Runner,
    /// What puts it in place, as tables of TOML.
    pub install: String,
    /// Whether that is done in the clone, and not in a copy.
    pub in_clone: bool,
    /// The programs that this machine must have.
    pub requires: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// How sure it is that a package is a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Only its own name speaks of MCP.
    #[default]
    Name,
    /// It depends on something whose name speaks of MCP.
    Related,
    /// It depends on an SDK for servers.
    Sdk,
}

/// What can be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// The file of the repository that it is, or is built to.
    pub file: Option<Utf8PathBuf>,
    /// The command that runs it.
    pub command: Vec<String>,
}

/// How the files of a package are run.
#[derive(Clone, Debug, Default)]
pub struct Runner {
    /// The command that runs a file; empty where files are not run.
    pub file: Vec<String>,
    /// What stands before the path of a file of the clone.
    pub place: String,
    /// The folders that a build fills.
    pub built: Vec<Utf8PathBuf>,
    /// The folder of the programs that are installed with it, where a document may name them.
    pub programs: Option<String>,
    /// The scripts of a package.json.
    pub scripts: Vec<(String, String)>,
}

impl Package {
    /// The folder that it is in.
    pub fn folder(&self) -> &Utf8Path {
        self.manifest.parent().unwrap_or(Utf8Path::new(""))
    }

    /// What it is, in words.
    pub fn found(&self) -> String {
        format!("{}, which {}", self.manifest, self.because)
    }

    /// The command for what a document asks for, if that is about this package.
    pub fn command(&self, repository: &Repository, line: &Line) -> Option<Vec<String>> {
        let mut command = match &line.asked {
            Asked::Published(name) if self.is_called(unversioned(name)) => {
                self.default_program()?
            }
            Asked::Published(_) => return None,
            Asked::Image(image) => {
                let name = image.rsplit('/').next()?.split([':', '@']).next()?;
                if !self.is_called(name) {
                    return None;
                }
                self.default_program()?
            }
            Asked::Here => self.default_program()?,
            Asked::Program(name) => {
                let script =
                    || self.run_file(repository, name).filter(|_| name.contains(['/', '\\']));
                self.program(name).or_else(script)?
            }
            Asked::File(path) => self.run_file(repository, path)?,
            Asked::Module(module) => self.run_module(repository, module)?,
            Asked::Script(name) => return self.run_script(repository, name, &line.arguments),
        };
        command.extend(line.arguments.iter().cloned());
        Some(command)
    }

    fn default_program(&self) -> Option<Vec<String>> {
        self.programs.first().map(|program| program.command.clone())
    }

    fn is_called(&self, name: &str) -> bool {
        let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
        let last = |name: &str| plain(name.rsplit('/').next().unwrap_or(name));
        self.names
            .iter()
            .any(|own| plain(own) == plain(name) || !name.contains('/') && last(own) == plain(name))
    }

    fn program(&self, name: &str) -> Option<Vec<String>> {
        const TOOLS: [&str; 3] = ["fastmcp", "mcp", "uvicorn"];
        let name = stem(name);
        let own = self.programs.iter().find(|program| program.name == name);
        let tool = || {
            let folder =
                self.runner.programs.as_ref().filter(|_| TOOLS.contains(&name.as_str()))?;
            Some(vec![format!("{folder}/{name}")])
        };
        own.map(|program| program.command.clone()).or_else(tool)
    }

    /// The command for a file: one of the clone, or one that the build makes.
    fn run_file(&self, repository: &Repository, path: &str) -> Option<Vec<String>> {
        let here = self.folder().join(path.trim_start_matches("./"));
        let here = Some(here).filter(|file| repository.has(file));
        // Of a path on another machine, what is built counts before a file that ends alike.
        let own = || repository.own_path(path).filter(|file| file.starts_with(self.folder()));
        let file = here.or_else(|| self.built(path)).or_else(own)?;
        if let Some(program) =
            self.programs.iter().find(|program| program.file.as_ref() == Some(&file))
        {
            return Some(program.command.clone());
        }
        if self.runner.file.is_empty() {
            return None;
        }
        let place = format!("{}{file}", self.runner.place);
        Some(self.runner.file.iter().cloned().chain([place]).collect())
    }

    /// A path of a document that ends in a folder which the build fills.
    fn built(&self, path: &str) -> Option<Utf8PathBuf> {
        let plain = path.replace('\\', "/");
        let named = |program: &&Program| {
            let file = program.file.as_ref()?.strip_prefix(self.folder()).ok()?;
            Utf8Path::new(&plain).ends_with(file).then(|| self.folder().join(file))
        };
        self.programs.iter().find_map(|program| named(&program)).or_else(|| {
            let parts: Vec<&str> = plain.split('/').collect();
            let tail = |from: usize| Utf8PathBuf::from(parts[from..].join("/"));
            let is_built = |tail: &Utf8PathBuf| {
                let folders = self.runner.built.iter();
                folders
                    .filter_map(|built| built.strip_prefix(self.folder()).ok())
                    .any(|built| tail.starts_with(built))
            };
            (0..parts.len()).map(tail).find(is_built).map(|tail| self.folder().join(tail))
        })
    }

    fn run_module(&self, repository: &Repository, module: &str) -> Option<Vec<String>> {
        self.runner.programs.as_ref()?;
        let path = module.replace('.', "/");
        let bases = [self.folder().to_owned(), self.folder().join("src")];
        let files =
            [format!("{path}.py"), format!("{path}/__main__.py"), format!("{path}/__init__.py")];
        let is_there =
            |base: &Utf8PathBuf| files.iter().any(|file| repository.has(&base.join(file)));
        let tool = ["fastmcp", "mcp"].contains(&module);
        if !tool && !bases.iter().any(is_there) {
            return None;
        }
        Some([&self.runner.file[..], &["-m".to_owned(), module.to_owned()]].concat())
    }

    fn run_script(
        &self,
        repository: &Repository,
        name: &str,
        arguments: &[String],
    ) -> Option<Vec<String>> {
        // One that tests, builds or watches is no server.
        if !["start", "serve", "mcp", "http", "stdio"].iter().any(|word| name.contains(word)) {
            return None;
        }
        let (_, text) = self.runner.scripts.iter().find(|(script, _)| script == name)?;
        let line = command_line::of_text(text)?;
        if matches!(line.asked, Asked::Script(_)) || text.contains(['|', ';', '&', '$']) {
            return None;
        }
        let mut command = self.command(repository, &line)?;
        command.extend(arguments.iter().cloned());
        Some(command)
    }
}
