//! Enums whose values have a name each, by which records and documents know them.

/// Makes an enum of such values, with all of them in the order of their document.
macro_rules! spelt {
    ($(#[$doc:meta])* $type:ident; $($name:ident = $text:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $type {
            $(#[doc = $text] #[serde(rename = $text)] $name,)*
        }

        impl $type {
            /// Every one, in the order of its document.
            pub const ALL: &[$type] = &[$($type::$name,)*];

            /// It as the record spells it.
            pub fn as_str(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }
    };
}

pub(crate) use spelt;
