#!/bin/bash
# What install, upgrade, restore, change_url and the app's own program (towerify.py) share: prepare, activate, point, answers.
#
# No function here relies on `set -e`: called as `if ! activate`, bash switches it off inside, and an install once
# "succeeded" with a broken nginx file, so that nginx could not be reloaded for any app. Every step says `|| return 1`.
#
# Variables that come from outside: the app's settings (app, domain, path, install_dir, port, port_alt, ...), as YunoHost
# gives them to its scripts, and what conf/app.sh says of this package.
# shellcheck disable=SC2154

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=/dev/null
source "$here/conf/app.sh"
# shellcheck source=/dev/null
source "$here/conf/release.sh"
if [ -n "${TOWERIFY_PATH:-}" ] && [ -n "$root" ]; then PATH="$TOWERIFY_PATH"; fi

program() {
    python3 -I "$here/scripts/towerify.py" "$@"
}

is_served() {
    case "$kind" in node | python | dockerfile) return 0 ;; *) return 1 ;; esac
}

nginx_file() {
    echo "$root/etc/nginx/conf.d/$1.d/$app.conf"
}

# live_port DOMAIN: the slot that nginx leads to. nginx's file is the truth: a setting may be one crash behind.
live_port() {
    sed -n 's|.*proxy_pass http://127\.0\.0\.1:\([0-9]*\).*|\1|p' "$(nginx_file "$1")" 2>/dev/null | head -n 1
}

# swap TARGET: `current` leads elsewhere, in one step.
swap() {
    ln -sfn "$1" "$install_dir/current.new" || return 1
    mv -T "$install_dir/current.new" "$install_dir/current"
}

# own RELEASE: who may read and write it. The folder above is root's, so that the app cannot put a link in the way.
# (A restore gives everything to the app, and may take a script's right to be executed.)
own() {
    local release="$install_dir/releases/$1"
    chown "root:root" "$install_dir" "$install_dir/releases" || return 1
    chmod 755 "$install_dir" "$install_dir/releases" || return 1
    chown -hR "$user:www-data" "$release" || return 1
    chmod -R u=rwX,g=rX,o= "$release"
}

# one_at_a_time: until this script ends nothing else changes the app. Its own program (towerify.py) holds the same lock when it
# switches releases without YunoHost. Who waits for us is told for whom.
one_at_a_time() {
    mkdir -p "$root/run/towerify" || return 1
    exec 9>>"$root/run/towerify/$app.lock" || return 1
    if ! flock --wait 900 9; then
        echo "another deployment of this app does not end"
        return 1
    fi
    printf '{"by": "YunoHost", "since": %s}' "$(date +%s)" >"$root/run/towerify/$app.lock"
}

# is_taken: whether this package's release was made meanwhile by another deployment, or is older than what was there: YunoHost
# takes downgrades.
is_taken() {
    local newest="${newest_release:-r0}"
    [ -e "$install_dir/releases/$release.json" ] || [ "${release#r}" -le "${newest#r}" ]
}

# right_version: whether the server's runtime is the one that the configuration asks for; 18 asks for any 18.x.
right_version() {
    local has=""
    case "$kind" in
        node) has="$(node --version 2>/dev/null)" ;;
        python) has="$(python3 --version 2>/dev/null)" && has="${has#Python }" ;;
    esac
    has="${has#v}"
    case "$has." in "$version".*) return 0 ;; esac
    echo "config.versions.$kind asks for $version, and this server has ${has:-none}"
    return 1
}

# prepare RELEASE: from its files to something that can be started. Builds run as the app's own user.
prepare() {
    local release="$install_dir/releases/$1"
    own "$1" || return 1
    if [ -n "$version" ] && ! right_version; then return 1; fi
    case "$kind" in
        python)
            if [ -f "$release/requirements.txt" ]; then
                if [ -d "$release/wheels" ]; then
                    program commands wheels "$1" || return 1
                else
                    program commands requirements "$1" || return 1
                fi
            fi
            ;;
        dockerfile)
            podman build --tag "localhost/$app:$1" --file "$release/$dockerfile" "$release" || return 1
            ;;
    esac
    program commands build "$1" || return 1
    program commands before "$1"
}

# backup_before RELEASE: YunoHost's own backup, before a change of the database; the two newest of ours are kept.
backup_before() {
    local old
    yunohost backup create --apps "$app" --name "$app-before-$1-$(date +%s)" || return 1
    program commands migrate "$1" || return 1
    yunohost backup list 2>/dev/null | grep -o "$app-before-r[0-9]*-[0-9]*" | sort -t - -k 4 -n | head -n -2 | while read -r old; do
        yunohost backup delete "$old" || true
    done
}

# point [PORT]: nginx leads to the current release, or to a slot. A file that nginx does not take is put back.
point() {
    local file prefix said
    file="$(nginx_file "$domain")"
    prefix="${path%/}"
    mkdir -p "$(dirname "$file")" || return 1
    sed -e "s|__PATH__|$prefix|g" -e "s|__PORT__|${1:-0}|g" -e "s|__APP__|$app|g" -e "s|__INSTALL_DIR__|$install_dir|g" \
        "$here/conf/nginx.conf" >"$file.new" || return 1
    if [ -n "$prefix" ]; then sed -i 's|^#sub_path_only ||' "$file.new"; else sed -i '/^#sub_path_only/d' "$file.new"; fi
    if cmp --silent "$file.new" "$file"; then
        rm -f "$file.new"
        return 0
    fi
    if [ -f "$file" ]; then cp -p "$file" "$file.before" || return 1; fi
    mv -f "$file.new" "$file" || return 1
    if said="$(nginx -t 2>&1)" && systemctl reload nginx; then
        rm -f "$file.before"
        return 0
    fi
    echo "$said"
    echo "nginx does not take the app's file; the old one is put back"
    unpoint
    return 1
}

# unpoint: what nginx had before.
unpoint() {
    local file
    file="$(nginx_file "$domain")"
    if [ -f "$file.before" ]; then mv -f "$file.before" "$file"; else rm -f "$file"; fi
    systemctl reload nginx || true
}

# owns_socket PORT: whether what listens there is this app's. A port that was free when it was chosen may be another's now,
# and the other's page would count as healthy.
owns_socket() {
    local pid main
    main="$(systemctl show --property=MainPID --value "$app@$1.service")"
    if [ "$kind" = dockerfile ]; then main="$main $(podman inspect --format '{{.State.Pid}}' "$app-$1" 2>/dev/null)"; fi
    for pid in $(ss -Htlnp "sport = :$1" | grep -o 'pid=[0-9]*' | cut -d = -f 2 | sort -u); do
        while [ "${pid:-0}" -gt 1 ]; do
            case " $main " in *" $pid "*) return 0 ;; esac
            pid="$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)"
        done
    done
    return 1
}

# asks URL...: the status that comes. A login page is an answer too: the app is not public, and the server works. 403 is one
# from a program; from files it says that there is no page.
asks() {
    local code
    code="$(curl --silent --insecure --output /dev/null --max-time 5 --write-out '%{http_code}' "$@" || true)"
    case "$code" in
        2?? | 3?? | 401) return 0 ;;
        403) is_served ;;
        *) false ;;
    esac && return 0
    echo "the app answers ${code:-nothing}"
    return 1
}

# answers [PORT]: asked again for as long as the configuration says.
answers() {
    local until said='' port_of="${1:-}"
    until=$((SECONDS + ${health_seconds_now:-$health_seconds}))
    while :; do
        if [ -n "$port_of" ]; then
            if ! systemctl is-active --quiet "$app@$port_of.service"; then
                said="the app has stopped"
            elif said="$(asks --header "Host: $domain" "http://127.0.0.1:$port_of$health_path")"; then
                if owns_socket "$port_of"; then return 0; fi
                said="port $port_of is another program's"
            fi
        else
            if said="$(asks --resolve "$domain:$https_port:127.0.0.1" "https://$domain:$https_port${path%/}$health_path")"; then return 0; fi
        fi
        if [ "$SECONDS" -ge "$until" ]; then
            echo "$said"
            return 1
        fi
        sleep 0.2
    done
}

# activate RELEASE: it answers, or the one before goes on answering.
activate() {
    if ! [ -d "$install_dir/releases/$1" ]; then
        echo "there is no release $1"
        return 1
    fi
    if is_served; then activate_slot "$1" || return 1; else activate_files "$1" || return 1; fi
    restart_workers
    program commands after "$1" || echo "a command of hooks.after failed; the release stays"
    return 0
}

activate_files() {
    local before
    before="$(readlink "$install_dir/current" 2>/dev/null || true)"
    swap "releases/$1" || return 1
    if point && answers; then return 0; fi
    if [ -n "$before" ]; then
        swap "$before"
        point || true
    else
        rm -f "$install_dir/current"
        unpoint
    fi
    return 1
}

# Two slots: the new release starts in the idle one, is asked, and only then does nginx lead there.
activate_slot() {
    local live idle
    live="$(live_port "$domain")"
    idle="$port"
    if [ "$live" = "$port" ]; then idle="$port_alt"; fi
    systemctl stop "$app@$idle.service" 2>/dev/null
    systemctl reset-failed "$app@$idle.service" 2>/dev/null
    ln -sfn "releases/$1" "$install_dir/slot-$idle.new" || return 1
    mv -T "$install_dir/slot-$idle.new" "$install_dir/slot-$idle" || return 1
    if [ "$kind" = dockerfile ]; then podman tag "localhost/$app:$1" "localhost/$app:slot-$idle" || return 1; fi
    # Enabled before nginx leads there: a restart of the server in between must find it.
    if ! systemctl start "$app@$idle.service" || ! answers "$idle" || ! systemctl enable --quiet "$app@$idle.service" || ! point "$idle"; then
        journalctl --no-pager --output cat --lines 20 --unit "$app@$idle.service" 2>/dev/null
        systemctl disable --quiet "$app@$idle.service" 2>/dev/null
        systemctl stop "$app@$idle.service"
        systemctl reset-failed "$app@$idle.service" 2>/dev/null
        rm -f "$install_dir/slot-$idle"
        return 1
    fi
    swap "releases/$1" || return 1
    if [ -n "$live" ] && [ "$live" != "$idle" ]; then
        sleep "$drain"
        systemctl disable --quiet "$app@$live.service"
        systemctl stop "$app@$live.service"
        rm -f "$install_dir/slot-$live"
    fi
    return 0
}

restart_workers() {
    local worker
    for worker in "${workers[@]}"; do
        systemctl enable --quiet "$app-$worker.service"
        systemctl restart "$app-$worker.service" || echo "the worker $worker does not start"
    done
}

# lay_out: everything beside releases that the package brings: folders, units, environment, cron, PHP.
lay_out() {
    local units="$root/etc/systemd/system" file
    mkdir -p "$install_dir/releases" "$install_dir/env" "$install_dir/bin" "$units" "$root/etc/cron.d" || return 1
    chmod 700 "$install_dir/env" || return 1
    install -m 600 "$here/conf/variables.env" "$install_dir/env/variables.env" || return 1
    if [ -n "${db_name:-}" ]; then
        (
            umask 077
            printf 'DB_HOST="127.0.0.1"\nDB_NAME="%s"\nDB_USER="%s"\nDB_PASSWORD="%s"\n' \
                "$db_name" "${db_user:-$db_name}" "${db_pwd:-}" >"$install_dir/env/database.env"
        ) || return 1
    fi
    for file in "$here"/conf/bin/*; do
        if [ -f "$file" ]; then install -m 755 "$file" "$install_dir/bin/" || return 1; fi
    done
    for file in "$here"/conf/units/*; do
        if ! [ -f "$file" ]; then continue; fi
        sed -e "s|__APP__|$app|g" -e "s|__USER__|$user|g" -e "s|__INSTALL_DIR__|$install_dir|g" -e "s|__ROOT__|$root|g" \
            -e "s|__DATA_DIR__|${data_dir:-$install_dir}|g" "$file" >"$units/$app$(basename "$file")" || return 1
    done
    systemctl daemon-reload || return 1
    if [ -f "$here/conf/cron" ]; then
        sed -e "s|__APP__|$app|g" -e "s|__ROOT__|$root|g" "$here/conf/cron" >"$root/etc/cron.d/$app" || return 1
    else
        rm -f "$root/etc/cron.d/$app"
    fi
    if [ -n "$php" ]; then
        ynh_config_add_phpfpm || return 1
        program php_env || return 1
    fi
}

# set_aside, put_back, forget_aside: what lay_out writes over, for when the release after it fails.
set_aside() {
    local aside="$install_dir/before" file
    rm -rf "$aside"
    mkdir -m 700 "$aside" && mkdir "$aside/units" || return 1
    cp -a "$install_dir/env" "$install_dir/bin" "$aside/" 2>/dev/null
    for file in "$root/etc/systemd/system/$app@.service" "$root/etc/systemd/system/$app-"*.service; do
        if [ -f "$file" ]; then cp -a "$file" "$aside/units/" || return 1; fi
    done
    if [ -n "$php" ]; then cp -a "$root/etc/php/$php/fpm/pool.d/$app.conf" "$aside/pool.conf" 2>/dev/null; fi
    if [ -f "$root/etc/cron.d/$app" ]; then cp -a "$root/etc/cron.d/$app" "$aside/cron"; fi
    return 0
}

put_back() {
    local aside="$install_dir/before" file
    rm -rf "${install_dir:?}/env" "${install_dir:?}/bin"
    mv "$aside/env" "$aside/bin" "$install_dir/"
    for file in "$root/etc/systemd/system/$app-"*.service; do
        if [ -f "$file" ] && ! [ -f "$aside/units/$(basename "$file")" ]; then rm -f "$file"; fi
    done
    cp -a "$aside/units/." "$root/etc/systemd/system/"
    systemctl daemon-reload
    if [ -f "$aside/pool.conf" ]; then
        cp -a "$aside/pool.conf" "$root/etc/php/$php/fpm/pool.d/$app.conf"
        systemctl reload "php$php-fpm"
    fi
    if [ -f "$aside/cron" ]; then cp -a "$aside/cron" "$root/etc/cron.d/$app"; else rm -f "$root/etc/cron.d/$app"; fi
    rm -rf "$aside"
}

# renew: the release that this package brings, from staging to its record. A bad one leaves no trace.
renew() {
    if ! program stage "$release" "$1" || ! prepare "$release" || ! migrate_now || ! activate "$release"; then
        rm -rf "$install_dir/releases/${release:?}" "$install_dir/releases/$release.json.pending"
        if [ "$kind" = dockerfile ]; then podman rmi --force "localhost/$app:$release" 2>/dev/null; fi
        return 1
    fi
    program record "$release"
}

# YunoHost's lock is ours here: a backup was made by whoever called it.
migrate_now() {
    program commands migrate "$release"
}

# take_away: everything that lay_out and activate made outside the app's own folders.
take_away() {
    local unit
    for unit in "$app@${port:-}.service" "$app@${port_alt:-}.service"; do
        if ! is_served; then continue; fi
        systemctl disable --now --quiet "$unit" 2>/dev/null
        systemctl reset-failed "$unit" 2>/dev/null
    done
    for unit in "$root/etc/systemd/system/$app-"*.service; do
        if [ -f "$unit" ]; then systemctl disable --now --quiet "$(basename "$unit")"; fi
    done
    rm -f "$root/etc/systemd/system/$app@.service" "$root/etc/systemd/system/$app-"*.service "$root/etc/cron.d/$app"
    systemctl daemon-reload
    rm -f "$(nginx_file "$domain")" "$(nginx_file "$domain").before" "$(nginx_file "$domain").new"
    nginx -t >/dev/null 2>&1 && systemctl reload nginx
    if [ -n "$php" ]; then
        rm -f "$root/etc/php/$php/fpm/pool.d/$app.conf" "$root/etc/php/$php/fpm/pool.d/$app.secrets.conf"
        systemctl reload "php$php-fpm"
    fi
    if [ "$kind" = dockerfile ]; then
        podman images --quiet --filter "reference=localhost/$app" | sort -u | while read -r unit; do podman rmi --force "$unit"; done
    fi
    return 0
}
