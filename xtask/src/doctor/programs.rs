//! Programs: where they are, and which version.

use anyhow::{Result, anyhow};
use camino::Utf8Path;
use smoke_agents::{codex, recipes};
use smoke_core::cause::Cause;
use smoke_core::{program, short};
use smoke_harness::steps::requires::FIND_MODULES;
use smoke_harness::{missing, pm2};
use xshell::{Shell, cmd};

use super::finding::Finding;
use super::needs::{Needs, Wanted};
use super::question;

/// Looks for a program and its interpreter, and asks it for its version.
pub fn look(wanted: &Wanted, needs: &Needs) -> Finding {
    find(wanted, needs).needed_by(&wanted.needed_by).unless_unneeded()
}

fn find(wanted: &Wanted, needs: &Needs) -> Finding {
    let name = wanted.name.as_str();
    let path = needs.environment.get("PATH").unwrap_or_default();
    let Some(file) = program::find(name, path) else {
        return Finding::missing(name, missing::program(name));
    };
    if let Some(lacks) = program::interpreter(&file).filter(|it| program::find(it, path).is_none())
    {
        let mut cause = missing::program(&lacks);
        cause.summary = format!("{file} needs `{lacks}`: {}", cause.summary);
        return Finding::missing(name, cause);
    }
    match version(file.as_str(), needs) {
        Ok(version) if version.is_empty() => Finding::ok(name, file),
        Ok(version) => match too_old(&file, &version) {
            Some(cause) => Finding::missing(name, cause),
            None => Finding::ok(name, format!("{version}, {file}")),
        },
        Err(why) if question::is_open(&why) => {
            Finding::warning(name, format!("{file}; {}", question::open(&why)), question::AGAIN)
        }
        Err(why) => {
            let next = format!("run `{file} {}` by hand, and install it again", word(&file));
            Finding { next: Some(next), ..Finding::missing(name, missing::program(name)) }
                .but_found(format!("{file} is there, but {why:#}"))
        }
    }
}

impl Finding {
    fn but_found(self, found: String) -> Self {
        Self { found, ..self }
    }
}

fn too_old(file: &Utf8Path, said: &str) -> Option<Cause> {
    let is_codex = file.file_name() == Some("codex");
    said.split_whitespace().last().filter(|_| is_codex).and_then(codex::too_old)
}

/// What it says of itself, if it says anything. Many programs know no such question, which is no
/// fault; one that never answers is.
fn version(file: &str, needs: &Needs) -> Result<String> {
    if Utf8Path::new(file).file_name() == Some("pm2") {
        return Ok(pm2::version(file.as_ref()).unwrap_or_default());
    }
    let word = word(file.as_ref());
    let shell = Shell::new()?;
    let command = cmd!(shell, "{file} {word}");
    let answer = short::run(command, &needs.environment, &question::bound(&needs.stop))?;
    if !answer.status.success() {
        return if knows_versions(file) {
            let said = first_line(&answer.stderr);
            Err(anyhow!("`{word}` fails ({}): {said}", answer.status))
        } else {
            Ok(String::new())
        };
    }
    let text = if answer.stdout.trim().is_empty() { answer.stderr } else { answer.stdout };
    Ok(first_line(&text))
}

fn first_line(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(LONGEST).collect()
}

/// The question that a program answers with its version.
fn word(file: &Utf8Path) -> &'static str {
    if file.file_name() == Some("go") { "version" } else { "--version" }
}

/// Programs that would not work if they did not say their version.
fn knows_versions(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or_default();
    let known = ["git", "cargo", "node", "npm", "npx", "pm2", "go", "uv", "uvx", "make"];
    let is_agent = recipes::ALL.iter().any(|recipe| recipe.program == name);
    is_agent || known.contains(&name) || name.starts_with("python")
}

/// The Python modules that the profile names, asked of its interpreter.
pub fn modules(needs: &Needs) -> Option<Finding> {
    let modules = &needs.profile.requires.python;
    if modules.is_empty() {
        return None;
    }
    let (python, find) = (&needs.python, FIND_MODULES);
    let shell = Shell::new().ok()?;
    let asked = cmd!(shell, "{python} -c {find} {modules...}");
    let asked = short::read(asked, &needs.environment, &question::bound(&needs.stop));
    let finding = match asked {
        Ok(lacking) if lacking.is_empty() => Finding::ok("python modules", modules.join(", ")),
        Ok(lacking) => {
            let names: Vec<&str> = lacking.lines().collect();
            let mut cause = missing::program(python);
            cause.summary = format!("{python} has no module {}", names.join(", "));
            cause.next = missing::next_for_modules(python, &names);
            Finding::missing("python modules", cause)
        }
        Err(why) if question::is_open(&why) => {
            Finding::warning("python modules", question::open(&why), question::AGAIN)
        }
        Err(why) => {
            let mut cause = missing::program(python);
            cause.summary = format!("{python} cannot be asked: {why:#}");
            Finding::missing("python modules", cause)
        }
    };
    Some(finding.needed_by(&["requires".to_owned()]))
}
