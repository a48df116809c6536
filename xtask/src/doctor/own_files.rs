//! What the repository's own files want of this machine: each program is asked in the repository's folder,
//! where version managers put another one first.

use std::fs;

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::attended::Unanswered;
use smoke_core::environment::{Environment, Origin};
use smoke_core::{short, toml};
use xshell::{Shell, cmd};

use super::finding::Finding;
use super::needs::Needs;
use super::question;

/// What a file wants.
struct Wish {
    /// The file, and where in it.
    file: String,
    /// What is asked for its version.
    program: String,
    /// The versions that will do, as the file has them.
    range: String,
}

/// Compares what the files want with what is there.
pub fn look(needs: &Needs) -> Vec<Finding> {
    let mut environment = needs.environment.clone();
    // A question is no reason to install anything.
    for (key, value) in [
        ("RUSTUP_AUTO_INSTALL", "0"),
        ("GOTOOLCHAIN", "local"),
        ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
    ] {
        environment.set(key, value, Origin::Run);
    }
    wishes(&needs.source, &needs.python)
        .iter()
        .map(|wish| compare(wish, needs, &environment))
        .collect()
}

fn wishes(source: &Utf8Path, python: &str) -> Vec<Wish> {
    let text = |name: &str| fs::read_to_string(source.join(name)).ok();
    let wish = |file: &str, program: &str, range: &str| Wish {
        file: file.to_owned(),
        program: program.to_owned(),
        range: range.trim().to_owned(),
    };
    let mut all = Vec::new();
    if let Some(channel) =
        text("rust-toolchain.toml").and_then(|text| at(&text, &["toolchain", "channel"]))
    {
        all.push(wish("rust-toolchain.toml", "rustc", &channel));
    }
    for name in [".nvmrc", ".node-version"] {
        all.extend(text(name).map(|range| wish(name, "node", &range)));
    }
    let package: Value =
        text("package.json").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let engine = package["engines"]["node"].as_str();
    all.extend(engine.map(|range| wish("package.json (engines)", "node", range)));
    let manager = package["packageManager"].as_str().and_then(|named| named.split_once('@'));
    all.extend(manager.map(|(name, version)| {
        wish("package.json (packageManager)", name, version.split('+').next().unwrap_or_default())
    }));
    all.extend(text(".python-version").map(|range| wish(".python-version", python, &range)));
    let requires =
        text("pyproject.toml").and_then(|text| at(&text, &["project", "requires-python"]));
    all.extend(requires.map(|range| wish("pyproject.toml (requires-python)", python, &range)));
    let go = text("go.mod")
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("go ").map(str::to_owned)));
    all.extend(go.map(|least| wish("go.mod", "go", &format!(">={}", least.trim()))));
    all
}

fn at(text: &str, place: &[&str]) -> Option<String> {
    let parsed = toml::parse(text).ok()?;
    let found = place.iter().try_fold(parsed.as_item(), |item, key| item.get(key))?;
    found.as_str().map(str::to_owned)
}

fn compare(wish: &Wish, needs: &Needs, environment: &Environment) -> Finding {
    let Wish { file, program, range } = wish;
    let name = program.rsplit('/').next().unwrap_or(program);
    match version(program, needs, environment) {
        Err(why) => {
            Finding::warning(file, format!("wants {name} {range}; {why}"), remedy(name, range))
        }
        Ok(has) if fits(&has, range) => {
            Finding::ok(file, format!("wants {name} {range}, and {has} is here"))
        }
        Ok(has) => Finding::warning(
            file,
            format!("wants {name} {range}, and {has} is here"),
            remedy(name, range),
        ),
    }
}

/// What a program says of its version in the folder.
fn version(program: &str, needs: &Needs, environment: &Environment) -> Result<String, String> {
    let shell = Shell::new().map_err(|error| error.to_string())?;
    shell.change_dir(&needs.source);
    let word = if program == "go" { "version" } else { "--version" };
    let bound = question::bound(&needs.stop);
    let answer = short::run(cmd!(shell, "{program} {word}"), environment, &bound);
    let answer = answer.map_err(|error| match error.is::<Unanswered>() {
        true => question::open(&error),
        false => "it is not here".to_owned(),
    })?;
    if !answer.status.success() {
        let said = answer.stderr.lines().next().unwrap_or_default().to_owned();
        return Err(format!("asked there, it fails ({}): {said}", answer.status));
    }
    let digits = |word: &&str| {
        word.trim_start_matches(['v', 'g', 'o']).starts_with(|c: char| c.is_ascii_digit())
    };
    let found = answer
        .stdout
        .split_whitespace()
        .find(digits)
        .map(|word| word.trim_start_matches(['v', 'g', 'o']).to_owned());
    found.ok_or_else(|| "it says no version".to_owned())
}

fn remedy(name: &str, range: &str) -> String {
    match name {
        "pnpm" | "yarn" | "bun" => format!("npx {name}@{range} brings it, as --init writes it"),
        "rustc" => format!("rustup toolchain install {range}"),
        "node" => {
            "install it with your version manager, or let npx bring it: npx node@MAJOR".to_owned()
        }
        "go" => "install it from go.dev, or your packages".to_owned(),
        _ => "install it, and name it with --python-bin FILE".to_owned(),
    }
}

/// Whether a version lies in a range, as far as its first numbers tell: of `||` any part, of `,` and spaces all.
fn fits(has: &str, range: &str) -> bool {
    let any = range.split("||").any(|part| {
        let part = part.trim().replace("> ", ">").replace(">= ", ">=").replace("< ", "<");
        part.split([',', ' '])
            .filter(|bound| !bound.is_empty())
            .all(|bound| holds(has, bound.trim()))
    });
    any || ["stable", "nightly", "beta", "lts", "*", "node"]
        .iter()
        .any(|word| range.starts_with(word))
}

fn holds(has: &str, bound: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        text.split('.')
            .map_while(|part| part.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
            .collect()
    };
    let wanted = bound.trim_start_matches(['<', '>', '=', '^', '~', '!', 'v']);
    let (has, want) = (numbers(has), numbers(wanted));
    let same = |count: usize| has.iter().take(count).eq(want.iter().take(count));
    let operator = bound.split(|c: char| c.is_ascii_digit() || c == 'v').next().unwrap_or_default();
    match operator {
        _ if want.is_empty() => true,
        ">=" => has >= want,
        ">" => has > want,
        "<" => has < want,
        "<=" => has <= want || same(want.len()),
        "!=" => !same(want.len()),
        "^" => has >= want && same(1),
        "~" | "~=" => has >= want && same(want.len().saturating_sub(1).max(1)),
        _ => same(want.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_all_kinds_are_understood() {
        for (has, range, expected) in [
            ("20.20.2", ">=24.0.0", false),
            ("20.20.2", ">= 20.0.0", true),
            ("20.20.2", "^20.19.0 || ^22.13.0 || >= 24.0.0", true),
            ("20.20.2", "20", true),
            ("20.20.2", "v18.12", false),
            ("3.11.7", ">=3.12,<3.14", false),
            ("3.13.0", ">=3.12,<3.14", true),
            ("3.11.7", "3.11", true),
            ("1.95.0", "stable", true),
            ("1.95.0", "1.80.0", false),
            ("1.22.1", ">=1.25", false),
        ] {
            assert_eq!(fits(has, range), expected, "{has} in {range}");
        }
    }

    #[test]
    fn files_say_what_they_want() {
        let folder = tempfile::tempdir().unwrap();
        let source = Utf8Path::from_path(folder.path()).unwrap();
        for (name, text) in [
            ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.80\"\n"),
            (".nvmrc", "v22\n"),
            (
                "package.json",
                r#"{"engines":{"node":">=24"},"packageManager":"pnpm@9.1.2+sha512.ab"}"#,
            ),
            ("pyproject.toml", "[project]\nrequires-python = \">=3.12\"\n"),
            ("go.mod", "module x\n\ngo 1.25.1\n"),
        ] {
            fs::write(source.join(name), text).unwrap();
        }
        let wanted: Vec<(String, String)> =
            wishes(source, "python3").into_iter().map(|wish| (wish.program, wish.range)).collect();
        let expected = [
            ("rustc", "1.80"),
            ("node", "v22"),
            ("node", ">=24"),
            ("pnpm", "9.1.2"),
            ("python3", ">=3.12"),
            ("go", ">=1.25.1"),
        ];
        assert_eq!(wanted, expected.map(|(program, range)| (program.to_owned(), range.to_owned())));
    }
}
