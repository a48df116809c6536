//! What a Python project says of itself.

use toml_edit::{Document, Item};

use crate::init::builds::speaks;
use crate::init::manifest::minor;

/// A project.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The text of its file.
    pub text: String,
    /// What it depends on, by name.
    pub dependencies: Vec<String>,
    /// The extra that brings the dependency on an SDK, where only that does.
    pub extra: Option<String>,
    /// Its programs, by name.
    pub scripts: Vec<String>,
    /// The versions of Python that it allows.
    pub python: Option<String>,
    /// Whether it can be installed as a package.
    pub is_package: bool,
}

impl Project {
    /// Reads a pyproject.toml.
    pub fn read<S: AsRef<str>>(project: &Document<S>, text: &str) -> Self {
        let root = project.as_item();
        let text_at =
            |places: [&[&str]; 2]| places.iter().find_map(|place| at(root, place)?.as_str());
        let mut dependencies = requirements(at(root, &["project", "dependencies"]));
        let poetry = at(root, &["tool", "poetry", "dependencies"]).and_then(Item::as_table_like);
        dependencies.extend(
            poetry.into_iter().flat_map(|table| table.iter()).map(|(key, _)| key.to_owned()),
        );
        let extras = at(root, &["project", "optional-dependencies"]).and_then(Item::as_table_like);
        let extras = extras.into_iter().flat_map(|table| table.iter());
        let extra = extras
            .map(|(name, list)| (name.to_owned(), requirements(Some(list))))
            .find(|(name, list)| *name != "dev" && list.iter().any(|name| speaks(name)))
            .filter(|_| !dependencies.iter().any(|name| speaks(name)));
        dependencies.extend(extra.iter().flat_map(|(_, list)| list.clone()));
        let places: [&[&str]; 2] = [&["project", "scripts"], &["tool", "poetry", "scripts"]];
        let scripts = places.iter().find_map(|place| at(root, place)?.as_table_like());
        Self {
            name: text_at([&["project", "name"], &["tool", "poetry", "name"]])
                .unwrap_or_default()
                .to_owned(),
            text: text.to_owned(),
            dependencies,
            extra: extra.map(|(name, _)| name),
            scripts: scripts
                .into_iter()
                .flat_map(|table| table.iter())
                .map(|(key, _)| key.to_owned())
                .collect(),
            python: text_at([
                &["project", "requires-python"],
                &["tool", "poetry", "dependencies", "python"],
            ])
            .map(str::to_owned),
            is_package: root.get("build-system").is_some(),
        }
    }

    /// Reads a requirements.txt.
    pub fn of_requirements(text: &str) -> Self {
        let dependencies = text.lines().filter_map(name).collect();
        Self { text: text.to_owned(), dependencies, ..Self::default() }
    }

    /// Reads a setup.py, as far as its words tell.
    pub fn of_setup(text: &str) -> Self {
        let words = text.split(['"', '\'']).skip(1).step_by(2);
        let scripts = text.split("console_scripts").nth(1).unwrap_or_default();
        let scripts = scripts.split(['"', '\'']).filter_map(|word| word.split_once('='));
        let own = text.split("name=").nth(1).and_then(|rest| rest.split(['"', '\'']).nth(1));
        Self {
            name: own.unwrap_or_default().to_owned(),
            text: text.to_owned(),
            dependencies: words.filter_map(name).collect(),
            scripts: scripts.map(|(name, _)| name.trim().to_owned()).collect(),
            is_package: true,
            ..Self::default()
        }
    }

    /// What to know where the interpreter that a run would take is older than the project allows.
    pub fn too_old(&self, has: Option<(u32, u32)>) -> Option<String> {
        let wanted = self.python.as_deref()?;
        let least = wanted.split(',').find_map(|bound| {
            let version = bound.trim().trim_start_matches(['>', '=', '^', '~']);
            (version != bound.trim()).then(|| minor(version)).flatten()
        })?;
        let (major, second) = has.filter(|has| *has < least)?;
        Some(format!(
            "it wants Python {wanted}, and the one here is {major}.{second}: run it with --python-bin FILE"
        ))
    }
}

fn requirements(list: Option<&Item>) -> Vec<String> {
    let list = list.and_then(Item::as_array).into_iter().flatten();
    list.filter_map(|value| name(value.as_str()?)).collect()
}

/// The name in a requirement such as `mcp[cli]>=1.2`.
fn name(requirement: &str) -> Option<String> {
    let ends = |c: char| !c.is_alphanumeric() && !"-_.".contains(c);
    let name = requirement.trim().split(ends).next()?.to_ascii_lowercase().replace('_', "-");
    (!name.is_empty()).then_some(name)
}

fn at<'a>(item: &'a Item, place: &[&str]) -> Option<&'a Item> {
    place.iter().try_fold(item, |item, key| item.get(key))
}

#[cfg(test)]
mod tests {
    use smoke_core::toml;

    use super::*;

    fn read(text: &str) -> Project {
        Project::read(&toml::parse(text).unwrap(), text)
    }

    #[test]
    fn an_interpreter_that_is_too_old_is_told_before_anything_is_installed() {
        let wants = read("[project]\nrequires-python = \"<4,>=3.12\"\n");
        let note = wants.too_old(Some((3, 11))).unwrap();
        assert!(note.starts_with("it wants Python <4,>=3.12, and the one here is 3.11"), "{note}");
        assert_eq!(wants.too_old(Some((3, 12))), None);
        assert_eq!(wants.too_old(None), None);
        assert_eq!(read("[project]\nrequires-python = \"<4\"\n").too_old(Some((3, 11))), None);
        let poetry = read("[tool.poetry.dependencies]\npython = \"^3.13\"\n");
        assert!(poetry.too_old(Some((3, 12))).is_some());
    }

    #[test]
    fn an_extra_may_bring_the_sdk() {
        let text = "[project]\nname = \"a\"\ndependencies = [\"x\"]\n[project.optional-dependencies]\nserve = [\"mcp>=1\"]\n";
        let project = read(text);
        assert_eq!((project.extra.as_deref(), project.is_package), (Some("serve"), false));
        let setup = Project::of_setup(
            "setup(name='a', install_requires=['mcp>=1'], entry_points={'console_scripts': ['a=a:main']})",
        );
        assert_eq!(
            (setup.scripts, setup.dependencies.contains(&"mcp".to_owned())),
            (vec!["a".to_owned()], true)
        );
    }
}
