//! Holds the documents to the program: what is documented exists, and what exists is documented.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{CommandFactory, Parser};
use smoke_core::cause::Code;
use smoke_core::finding;
use smoke_core::process::RUN_ID;
use smoke_record::plan::Kind;
use smoke_record::profile;

use crate::cli::Cli;

mod names;

fn root() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("read {path}: {error}"))
}

/// All documents: those at the root, and those below `docs`.
fn documents() -> Vec<(String, String)> {
    let folders = [root(), root().join("docs")];
    let entries = folders.iter().flat_map(|folder| folder.read_dir_utf8().unwrap()).flatten();
    let paths = entries.map(|entry| entry.into_path());
    let markdown = paths.filter(|path| path.extension() == Some("md"));
    let named = markdown.map(|path| path.strip_prefix(root()).unwrap().to_string());
    named.map(|path| (path.clone(), read(&path))).collect()
}

fn all_text() -> String {
    documents().into_iter().map(|(_, text)| text).collect()
}

/// Whether `text` has `word` with nothing around it that would make it another one.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

fn missing<'a>(names: impl IntoIterator<Item = &'a str>, text: &str) -> Vec<&'a str> {
    names.into_iter().filter(|name| !text.contains(&format!("`{name}`"))).collect()
}

/// The pieces of `text` between `open` and the next `close`.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|piece| piece.split_once(close)).map(|p| p.0).collect()
}

/// The commands of this program, and those of the ones that it hands some of them on to.
fn commands() -> [clap::Command; 3] {
    [Cli::command(), smoke_bench::Cli::command(), smoke_dist::Cli::command()].map(|mut cli| {
        cli.build();
        cli
    })
}

/// The visible subcommands with their long flags.
fn flags() -> Vec<(String, Vec<String>)> {
    let all = commands();
    let visible =
        all.iter().flat_map(clap::Command::get_subcommands).filter(|it| !it.is_hide_set());
    let own = visible.filter(|sub| sub.get_name() != "help" && !is_handed_on(sub));
    own.map(|sub| (sub.get_name().to_owned(), long_flags(sub))).collect()
}

/// Whether another program has the flags of this command.
fn is_handed_on(command: &clap::Command) -> bool {
    command.is_disable_help_flag_set()
}

/// The one that every command has, and one that this program gives to the one that measures it.
const OWN: [&str; 2] = ["help", "program"];

/// The long flags of a command and of the commands below it; also those that the help does not have, as
/// they do nothing any more.
fn long_flags(command: &clap::Command) -> Vec<String> {
    let long = command.get_arguments();
    let long = long.filter_map(|arg| arg.get_long()).filter(|name| !OWN.contains(name));
    let below = command.get_subcommands().flat_map(long_flags);
    long.map(|name| format!("--{name}")).chain(below).collect()
}

#[test]
fn every_subcommand_and_every_flag_is_documented() {
    let everything = all_text();
    let migration = read("docs/migration.md");
    for (name, flags) in flags() {
        assert!(has_word(&everything, &format!("cargo xtask {name}")), "no document has {name}");
        // Whoever comes from the Python harness finds all flags of the main job in one place.
        let text = if name == "smoke" { &migration } else { &everything };
        for flag in flags {
            assert!(has_word(text, &flag), "no document has {flag} of {name}");
        }
    }
}

/// The visible subcommands with those below them, each with its words and its help.
fn helps(of: &clap::Command, words: &str) -> Vec<(String, String)> {
    let seen = |sub: &&clap::Command| !sub.is_hide_set() && sub.get_name() != "help";
    let below = of.get_subcommands().filter(seen).filter(|sub| !is_handed_on(sub));
    let all = below.flat_map(|sub| {
        let words = format!("{words} {}", sub.get_name());
        let help = sub.get_after_long_help().or(sub.get_after_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        [vec![(words.clone(), help)], helps(sub, &words)].concat()
    });
    all.collect()
}

#[test]
fn every_command_has_examples_that_it_understands() {
    for (words, help) in commands().iter().flat_map(|cli| helps(cli, "cargo xtask")) {
        assert!(help.starts_with("Examples:\n"), "{words} has no examples: {help}");
        for line in help.lines().filter_map(|line| line.split_once("xtask ")) {
            let command = line.1.split("  ").next().unwrap().split(" >").next().unwrap();
            let parsed = Cli::try_parse_from(["xtask"].into_iter().chain(command.split(' ')));
            assert!(parsed.is_ok(), "{words}: {command}: {}", parsed.err().unwrap());
        }
    }
}

#[test]
fn no_flag_is_documented_that_does_not_exist() {
    let known: BTreeSet<String> = flags().into_iter().flat_map(|(_, flags)| flags).collect();
    for (path, text) in documents() {
        for code in text.lines().filter(|line| !line.starts_with("```")).flat_map(in_backticks) {
            let flag = code.split([' ', '=']).next().unwrap_or_default();
            let fine = !flag.starts_with("--") || flag == "--help" || known.contains(flag);
            assert!(fine, "{path} has `{code}`, and no subcommand knows {flag}");
        }
    }
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn documented_commands_have_flags_that_they_know() {
    let known = flags();
    for (path, text) in documents() {
        for (at, _) in text.match_indices("cargo xtask ") {
            let line = text[at..].split(['\n', '`', '#', ',', ';', '|']).next().unwrap_or_default();
            let mut words = line.split_whitespace().skip(2);
            let name = words.next().unwrap_or_default();
            let Some((_, flags)) = known.iter().find(|(known, _)| known == name) else {
                panic!("{path} has `{line}`, and there is no subcommand {name}");
            };
            // What comes after `--` is for another program.
            let own = words.take_while(|word| *word != "--").filter(|word| word.starts_with("--"));
            let known = |word: &str| word == "--help" || flags.iter().any(|flag| flag == word);
            let stranger = own.into_iter().find(|word| !known(word));
            assert_eq!(stranger, None, "{path} has `{line}`");
        }
    }
}

#[test]
fn every_cause_code_has_a_section() {
    let document = read("docs/codes.md");
    let documented = between(&document, "\n### `", "`\n");
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(documented, codes);
}

#[test]
fn every_finding_has_a_section() {
    let document = read("docs/findings.md");
    let documented = between(&document, "\n### `", "`\n");
    let names: Vec<&str> = finding::Name::ALL.iter().map(|name| name.as_str()).collect();
    assert_eq!(documented, names);
}

#[test]
fn every_step_is_documented() {
    let single = Kind::SINGLE.map(Kind::word).into_iter();
    let all = single.chain(["setup-NAME", "check-NAME", "stage-NAME"]);
    assert_eq!(missing(all, &read("docs/codes.md")), [""; 0]);
}

#[test]
fn every_field_of_the_record_is_documented() {
    let document = read("docs/record.md");
    let sources = [
        include_str!("../../crates/record/src/run_record.rs"),
        include_str!("../../crates/record/src/run_record/diagnosis.rs"),
        include_str!("../../crates/record/src/run_record/stage.rs"),
    ];
    let fields = sources.into_iter().flat_map(str::lines).filter_map(|line| {
        let (name, _) = line.strip_prefix("    pub ")?.split_once(": ")?;
        Some(name)
    });
    let fields: Vec<&str> = fields.collect();
    assert!(fields.contains(&"git_clean"));
    assert_eq!(missing(fields, &document), [""; 0]);
}

#[test]
fn every_key_of_a_profile_is_in_the_reference() {
    let sources = [
        include_str!("../../crates/record/src/profile/read.rs"),
        include_str!("../../crates/record/src/profile/stage.rs"),
        include_str!("../../crates/record/src/profile/gateway.rs"),
        include_str!("../../crates/record/src/profile/server.rs"),
        include_str!("../../crates/record/src/profile/ci.rs"),
        include_str!("../../crates/record/src/profile/setup.rs"),
        include_str!("../../crates/record/src/profile/pm2.rs"),
    ];
    let source: String =
        sources.map(|text| text.split("#[cfg(test)]").next().unwrap().to_owned()).concat();
    let source = source.as_str();
    let calls =
        ["string", "required_string", "strings", "flag", "number", "table", "tables", "command"];
    let calls =
        calls.iter().chain(&["json", "duration", "choice"]).map(|name| format!(".{name}(\""));
    let free = ["pairs(&root, \"", "pairs(\"", "unique(&root, \""].map(str::to_owned);
    let keys: BTreeSet<&str> =
        calls.chain(free).flat_map(|open| between(source, &open, "\"")).collect();
    assert!(["env", "check", "tidy", "result_contains"].iter().all(|key| keys.contains(key)));
    assert_eq!(missing(keys, &read("docs/profiles.md")), [""; 0]);
}

#[test]
fn documented_profiles_can_be_read() {
    for (path, text) in documents() {
        for profile in between(&text, "```toml\n", "```") {
            if let Err(error) = profile::read(Utf8Path::new(&path), profile) {
                panic!("a profile in {path} is wrong: {error:#}");
            }
        }
    }
}

#[test]
fn every_variable_that_a_run_sets_is_in_the_reference() {
    let own = include_str!("../../crates/harness/src/context/variables.rs");
    let upper = |name: &&str| {
        name.len() > 3 && name.chars().all(|c| c.is_ascii_uppercase() || "_0123456789".contains(c))
    };
    let mut names: BTreeSet<&str> = own.split('"').skip(1).step_by(2).filter(upper).collect();
    assert!(names.contains("GOFLAGS") && names.insert(RUN_ID), "{names:?}");
    let names = names.into_iter().filter(|name| *name != "DEBUG");
    assert_eq!(missing(names, &read("docs/profiles.md")), [""; 0]);
}

#[test]
fn the_changelog_has_a_place_for_what_is_not_released() {
    assert!(read("CHANGELOG.md").contains("\n## [Unreleased]\n"));
}

#[test]
fn every_dependency_has_a_line_in_the_architecture() {
    let document = read("docs/architecture.md");
    let section = between(&document, "\n## Dependencies\n", "\n## ");
    let section = section.first().copied().or_else(|| document.split("\n## Dependencies\n").nth(1));
    let documented: BTreeSet<&str> =
        between(section.unwrap(), "\n- `", "`: ").into_iter().collect();
    let all = packages().into_iter().map(|package| read(&format!("{package}/Cargo.toml")));
    let all: Vec<String> = all.collect();
    let used = all.iter().flat_map(|manifest| dependencies(manifest));
    let ours = |name: &str| {
        name == "xtask" || ["smoke-", "stack-"].iter().any(|start| name.starts_with(start))
    };
    let foreign: BTreeSet<&str> = used.filter(|name| !ours(name)).collect();
    assert_eq!(documented, foreign);
}

/// The folders of all packages.
fn packages() -> Vec<String> {
    let below = |folder: &str| {
        let entries = root().join(folder).read_dir_utf8().unwrap().flatten();
        entries.map(|entry| format!("{folder}/{}", entry.file_name())).collect::<Vec<_>>()
    };
    let all = ["crates", "crates/stack", "tools"].iter().flat_map(|folder| below(folder));
    let all = all.chain(["xtask".into(), "tests".into()]);
    all.filter(|folder| root().join(folder).join("Cargo.toml").is_file()).collect()
}

/// The names in all tables of dependencies of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let tables = manifest.split("\n[").filter_map(|table| table.split_once("]\n"));
    let tables = tables.filter(|(name, _)| name.ends_with("dependencies"));
    let lines = tables.flat_map(|(_, lines)| lines.lines());
    let names = lines.filter(|line| !line.starts_with('#'));
    names.filter_map(|line| line.split(['.', ' ', '=']).next()).filter(|n| !n.is_empty()).collect()
}

#[test]
fn the_workflow_runs_what_a_developer_runs() {
    let (script, workflow) = (read(".ci/run"), read(".github/workflows/ci.yml"));
    for command in ["cargo fmt --all --check", "cargo clippy", "-D warnings", "cargo xtask test"] {
        assert!(script.contains(command), ".ci/run does not run {command}");
    }
    assert!(workflow.contains("run: .ci/run\n"));
    assert!(read("CONTRIBUTING.md").contains("\n.ci/run\n"));
}

#[test]
fn actions_are_pinned_by_commit() {
    let folder = root().join(".github/workflows");
    for entry in folder.read_dir_utf8().unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        for line in
            text.lines().filter(|line| line.trim_start_matches(['-', ' ']).starts_with("uses:"))
        {
            let (_, at) = line.split_once('@').unwrap_or_default();
            let (commit, version) = at.split_once(" # v").unwrap_or_default();
            let pinned = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(pinned && !version.is_empty(), "{}: {line}", entry.file_name());
        }
    }
}

#[test]
fn the_help_of_a_run_fits_on_one_screen() {
    const LINES: usize = 40;
    for name in ["smoke", "smoke-manual", "doctor"] {
        let mut cli = Cli::command().term_width(80);
        cli.build();
        let command = cli.find_subcommand_mut(name).unwrap();
        let help = command.render_help().to_string();
        assert!(help.lines().count() <= LINES, "{name} -h has {} lines", help.lines().count());
        let nothing = command.render_long_help().to_string().contains("Nothing to do here");
        assert!(!nothing, "{name} --help shows flags that do nothing");
    }
}
