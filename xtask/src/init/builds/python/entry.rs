//! What starts a Python server: the project's program, a file that makes a server of itself, or the tool of
//! the SDK where a file only makes the server.

use std::cmp::Reverse;

use camino::{Utf8Path, Utf8PathBuf};

use super::install::Install;
use super::project::Project;
use crate::init::builds::speaks;
use crate::init::package::Program;
use crate::init::repository::Repository;

/// Names of files that usually start a server.
const USUAL: [&str; 9] = [
    "server.py",
    "main.py",
    "mcp_server.py",
    "app.py",
    "__main__.py",
    "src/server.py",
    "src/main.py",
    "run.py",
    "run_server.py",
];

/// What can be run, the likeliest first; `bin` is where programs are installed.
pub fn programs(
    repository: &Repository,
    folder: &Utf8Path,
    project: &Project,
    install: &Install,
    bin: &str,
) -> Vec<Program> {
    let mut scripts = project.scripts.clone();
    let other = |name: &String| {
        ["test", "lint", "dev", "inspect", "client", "setup"].iter().any(|w| name.contains(w))
    };
    scripts.sort_by_key(|name| {
        (*name != project.name, other(name), !speaks(name), !name.contains("server"))
    });
    let scripts = scripts.into_iter().filter(|_| install.has_programs);
    let mut programs: Vec<Program> = scripts
        .map(|name| Program { command: vec![format!("{bin}/{name}")], name, file: None })
        .collect();
    programs.extend(files(repository, folder, bin));
    programs
}

/// What a file does about a server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Does {
    /// It is called as files are that start one, and speaks of MCP.
    Speaks,
    /// It makes one, and starts none.
    Makes,
    /// It starts one that is made elsewhere.
    Starts,
    /// It makes one and starts it.
    Both,
}

/// The files that make or start a server, the likeliest first.
fn files(repository: &Repository, folder: &Utf8Path, bin: &str) -> Vec<Program> {
    let sources = repository.sources(folder).into_iter();
    let sources = sources.filter(|(path, _)| path.extension() == Some("py"));
    let mut found: Vec<(Utf8PathBuf, String, Does)> =
        sources.filter_map(|(path, text)| does(&text).map(|does| (path, text, does))).collect();
    let usual = |path: &Utf8Path| {
        let below = path.strip_prefix(folder).unwrap_or(path);
        USUAL
            .iter()
            .position(|name| below == *name)
            .or_else(|| USUAL.iter().position(|name| below.ends_with(name)).map(|at| at + 10))
            .unwrap_or(usize::MAX)
    };
    found.retain(|(path, _, does)| *does != Does::Speaks || usual(path) < usize::MAX);
    found.sort_by_key(|(path, _, does)| (Reverse(*does), path.components().count(), usual(path)));
    found.into_iter().map(|(path, text, does)| program(path, &text, does, bin)).collect()
}

fn does(text: &str) -> Option<Does> {
    if !text.contains("mcp") && !text.contains("MCP") {
        return None;
    }
    let makes = ["FastMCP(", "MCPServer(", "= Server(", "ChukMCPServer(", "create_mcp_server("];
    let starts = [".run(", "run_async(", "stdio_server(", "asyncio.run(", "uvicorn.run("];
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let is_main = text.contains("__main__")
        || text.lines().any(|line| line.starts_with("mcp.run(") || line.starts_with("server.run("));
    match (has(&makes), has(&starts) && is_main) {
        (true, true) => Some(Does::Both),
        (true, false) => Some(Does::Makes),
        (false, true) if imports_server(text) => Some(Does::Starts),
        (false, _) => Some(Does::Speaks),
    }
}

/// Whether a file starts what another one of the package makes, and runs no other programs.
fn imports_server(text: &str) -> bool {
    let imports =
        text.lines().filter(|line| line.starts_with("from ") || line.starts_with("import "));
    !text.contains("subprocess")
        && imports.into_iter().any(|line| line.contains("server") || speaks(line))
}

fn program(path: Utf8PathBuf, text: &str, does: Does, bin: &str) -> Program {
    let name = path.file_stem().unwrap_or_default().to_owned();
    let command = match does {
        // The tool of the SDK that it imports starts what the file makes.
        Does::Makes => {
            let tool = if text.contains("from mcp") || text.contains("import mcp") {
                "mcp"
            } else {
                "fastmcp"
            };
            vec![format!("{bin}/{tool}"), "run".to_owned(), path.to_string()]
        }
        Does::Speaks | Does::Starts | Does::Both => vec![format!("{bin}/python"), path.to_string()],
    };
    Program { name, command, file: Some(path) }
}
