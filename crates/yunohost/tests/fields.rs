//! What is accepted in a field, and what is said when it is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)] // All of it is tests.

use towerify_yunohost::{
    Release, Secret,
    fields::{
        AppId, AppSource, DomainName, ForwardMail, FullName, GroupName, Label, Mail, MailLocalPart,
        MailboxQuota, OperationName, PermissionName, Rule, ServiceName, UrlPath, Username,
        check_password,
    },
};

macro_rules! check {
    ($field:ty, accepts: $accepted:expr, refuses: $refused:expr) => {
        for text in $accepted {
            let parsed = <$field>::parse(text)
                .unwrap_or_else(|rule| panic!("{text:?} should be accepted: {rule}"));
            assert_eq!(AsRef::<str>::as_ref(&parsed), text.trim());
        }
        for (text, rule) in $refused {
            assert_eq!(<$field>::parse(text), Err(rule), "{text:?}");
        }
    };
}

#[test]
fn a_username_is_of_small_letters_digits_underscores_and_dots() {
    check!(Username, accepts: ["camille", "ines.calvet", "a_1", " camille "], refuses: [
        ("", Rule::Required), ("   ", Rule::Required), ("Camille", Rule::Username), ("inès", Rule::Username),
        ("a-b", Rule::Username), ("-p", Rule::Username), ("a b", Rule::Username), ("a\nb", Rule::Invisible),
        (&"a".repeat(65) as &str, Rule::TooLong), ("a/../b", Rule::Username), ("$(id)", Rule::Username)
    ]);
}

#[test]
fn a_group_is_of_small_letters_digits_and_underscores() {
    check!(GroupName, accepts: ["compta", "all_users"], refuses: [("a.b", Rule::Group), ("", Rule::Required), ("é", Rule::Group)]);
}

#[test]
fn a_full_name_is_as_people_write_it() {
    check!(FullName, accepts: ["Inès Calvet", "Jean-Marc O'Neil", "Ann ONeil-Été", "Martin, Luther", "李小龙"], refuses: [
        ("", Rule::Required), ("-Ann", Rule::FullName), ("Ann    B", Rule::FullName), ("Ann <b>", Rule::FullName),
        ("Ann \u{202e}B", Rule::FullName)
    ]);
}

#[test]
fn a_domain_is_in_lower_case_with_a_dot() {
    check!(DomainName, accepts: ["tour-et-cie.example", "a.b.example", "été.example", "xn--t-9fab.example"], refuses: [
        ("example", Rule::Domain), ("Tour.example", Rule::Domain), ("a..example", Rule::Domain), (".example", Rule::Domain),
        ("-a.example", Rule::Domain), ("a-.example", Rule::Domain), ("a.example.", Rule::Domain), ("a.e", Rule::Domain),
        ("https://a.example", Rule::Domain), ("a b.example", Rule::Domain), ("", Rule::Required)
    ]);
}

#[test]
fn a_path_begins_with_a_slash_and_leads_nowhere_else() {
    check!(UrlPath, accepts: ["/", "/blog", "/a/b-c_d.e~f"], refuses: [
        ("blog", Rule::Path), ("//", Rule::Path), ("/../etc", Rule::Path), ("/a b", Rule::Path), ("/a?b", Rule::Path), ("", Rule::Required)
    ]);
}

#[test]
fn apps_are_named_by_id_or_installed_from_an_address_or_a_folder() {
    check!(AppId, accepts: ["nextcloud", "nextcloud__2", "13ft", "243-game"], refuses: [
        ("Nextcloud", Rule::App), ("-x", Rule::App), ("_x", Rule::App), ("a/b", Rule::App), ("", Rule::Required)
    ]);
    check!(AppSource, accepts: ["nextcloud", "https://forge.example/x/nextcloud_ynh", "/srv/apps/x"], refuses: [
        ("http://forge.example/x", Rule::AppSource), ("--force", Rule::AppSource), ("https://x", Rule::AppSource),
        ("https:///x", Rule::AppSource), ("/srv/a b", Rule::AppSource)
    ]);
    check!(PermissionName, accepts: ["nextcloud.main", "nextcloud__2.api", "nextcloud"], refuses: [
        ("nextcloud.", Rule::Permission), (".main", Rule::Permission), ("a.b.c", Rule::Permission), ("-a.main", Rule::Permission)
    ]);
}

#[test]
fn addresses_have_a_domain_and_only_forwards_a_plus() {
    check!(Mail, accepts: ["ines.calvet@tour.example", "a_b-c@x.example"], refuses: [
        ("a+b@x.example", Rule::Mail), ("@x.example", Rule::Mail), ("a@", Rule::Mail), ("a@b@x.example", Rule::Mail), ("-a@x.example", Rule::Mail)
    ]);
    check!(ForwardMail, accepts: ["a+b@x.example"], refuses: [("a b@x.example", Rule::ForwardMail)]);
    check!(MailLocalPart, accepts: ["ines.calvet"], refuses: [("a@b", Rule::MailLocalPart), ("a+b", Rule::MailLocalPart)]);
}

#[test]
fn a_quota_is_a_size_or_nothing_at_all() {
    check!(MailboxQuota, accepts: ["0", "500M", "2G", "1T", "10k", "10b"], refuses: [
        ("500", Rule::Quota), ("M", Rule::Quota), ("5 G", Rule::Quota), ("5m", Rule::Quota), ("-1G", Rule::Quota), ("", Rule::Required)
    ]);
}

#[test]
fn services_operations_and_labels_never_look_like_options() {
    check!(ServiceName, accepts: ["nginx", "php8.2-fpm", "redis@cache"], refuses: [("--all", Rule::Service), ("a b", Rule::Service)]);
    check!(OperationName, accepts: ["20261122-110705-app_remove-fleetdemo__2", "20261122-110716-domain_add-été.example"], refuses: [
        ("../x", Rule::Operation), ("-n", Rule::Operation), ("a/b", Rule::Operation)
    ]);
    check!(Label, accepts: ["Nuage & Cie", "é"], refuses: [("--force", Rule::Label), ("", Rule::Required), ("a\tb", Rule::Invisible)]);
}

#[test]
fn a_password_has_eight_characters_or_more() {
    let check = |password: &str, expected| {
        assert_eq!(
            check_password(&Secret::from(password)),
            expected,
            "{password:?}"
        )
    };
    check("Violet-Tractor-88", Ok(()));
    check("", Err(Rule::Required));
    check("court", Err(Rule::PasswordTooShort));
    check("éééééééé", Ok(()));
    check("eight\nchars", Err(Rule::Invisible));
    check(&"x".repeat(126), Ok(()));
    check(&"x".repeat(127), Err(Rule::PasswordTooLong));
}

#[test]
fn releases_compare_by_number_whatever_follows() {
    let parse = |text: &str| text.parse::<Release>();
    assert_eq!(parse("12.1.25"), Ok(Release::new(12, 1, 25)));
    assert_eq!(parse("12.1.40.1"), Ok(Release::new(12, 1, 40)));
    assert_eq!(parse("12.0.0~beta1"), Ok(Release::new(12, 0, 0)));
    assert_eq!(parse("13.0"), Ok(Release::new(13, 0, 0)));
    for text in ["", "12", "x.y", "99999999.1"] {
        assert!(parse(text).is_err(), "{text:?}");
    }
    assert!(parse("12.0.17").unwrap() < Release::V12_1);
    assert!(parse("12.10.0").unwrap() > parse("12.9.9").unwrap());
}
