//! The files of a repository that an install and a build read: all at the top, but for what they never do.

use camino::Utf8Path;

use crate::init::repository::Repository;

/// What editors, CI, containers, clients and readers have at the top.
const NEVER: [&str; 34] = [
    ".github",
    ".gitlab-ci.yml",
    ".gitlab",
    ".circleci",
    ".vscode",
    ".idea",
    ".cursor",
    ".claude",
    ".claude-plugin",
    ".codex",
    ".gemini",
    ".gitignore",
    ".gitattributes",
    ".dockerignore",
    ".devcontainer",
    ".mcp.json",
    "mcp.json",
    ".env.example",
    ".editorconfig",
    ".pre-commit-config.yaml",
    "Dockerfile",
    "docker-compose.yml",
    "smithery.yaml",
    "server.json",
    "glama.json",
    "gemini-extension.json",
    "docs",
    "doc",
    "test",
    "tests",
    "__tests__",
    "examples",
    "images",
    "screenshots",
];

/// The inputs of a setup that makes a copy. What the manifest names counts, whatever it is called.
pub fn of(repository: &Repository, manifest: &str) -> Vec<String> {
    let is_read = |name: &String| {
        let never = NEVER.contains(&name.as_str()) || is_prose(name);
        !never || manifest.contains(name.as_str())
    };
    repository.entries(Utf8Path::new("")).into_iter().filter(is_read).collect()
}

/// Licences count: some tools pack them.
fn is_prose(name: &str) -> bool {
    let ends = [".md", ".png", ".gif", ".jpg", ".svg", ".mp4", ".rst"];
    ends.iter().any(|end| name.ends_with(end))
}
