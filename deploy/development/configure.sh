#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes the configuration of the four services for this machine into .local/configuration.

# shellcheck source=deploy/development/common.sh
source "$(dirname "$0")/common.sh"

certificates=$local_folder/certificates
secrets=$local_folder/secrets
resources=$root/Services/UserPortal/Server/Resources

# The part that every service has: log, admin listener, public listener.
common_settings() {
    cat <<SETTINGS
# Written by make run; changes are lost at the next one.
log:
  level: info
  format: text
admin:
  host: 127.0.0.1
  port: $(admin_port_of "$1")
listener:
  host: 127.0.0.1
  port: $(port_of "$(short_name "$1")")
  certificate: $certificates/$1/certificate.pem
  privateKey: $certificates/$1/key.pem
SETTINGS
}

database_settings() {
    cat <<SETTINGS
database:
  url: postgresql://mfa_$1@127.0.0.1:$(port_of postgres)/$database
  passwordFile: $secrets/$1.password
SETTINGS
}

# How user-portal and mobileapp-service reach sdk-service: an account each.
sdk_settings() {
    cat <<SETTINGS
sdk:
  urls: [https://localhost:$(port_of sdk)]
  ca: $certificates/sdk-service/ca.pem
  account: $1
  secretFile: $secrets/$1.secret
SETTINGS
}

mfa_core_settings() {
    common_settings mfa-core
    cat <<SETTINGS
  clientCA: $certificates/mfa-core/ca.pem
$(database_settings core)
migrate:
  database:
    url: postgresql://mfa_migrate@127.0.0.1:$(port_of postgres)/$database
    passwordFile: $secrets/migrate.password
keys:
  masterKeyFile: $local_folder/keys/master.key
identity:
  domains: [example.org]
mobile:
  url: https://localhost:$(port_of mobile)/PA
# The walk issues one each time.
bypass:
  perAdministratorPerDay: 1000
SETTINGS
}

sdk_service_settings() {
    common_settings sdk-service
    database_settings sdk
    cat <<SETTINGS
core:
  urls: [https://localhost:$(port_of core)]
  ca: $certificates/sdk-service/ca.pem
  certificate: $certificates/sdk-service/certificate.pem
  privateKey: $certificates/sdk-service/key.pem
SETTINGS
}

user_portal_settings() {
    common_settings user-portal
    database_settings portal
    sdk_settings portal
    cat <<SETTINGS
portal:
  prefixes: [/enroll]
  origin: https://localhost:$(port_of portal)
resources:
  directory: $resources
SETTINGS
}

mobileapp_service_settings() {
    common_settings mobileapp-service
    sdk_settings mobile
    cat <<SETTINGS
mobile:
  prefixes: [/PA]
SETTINGS
}

mkdir -p "$local_folder/configuration" "$local_folder/keys"
mfa_core_settings | write_file "$local_folder/configuration/mfa-core.yaml"
sdk_service_settings | write_file "$local_folder/configuration/sdk-service.yaml"
user_portal_settings | write_file "$local_folder/configuration/user-portal.yaml"
mobileapp_service_settings | write_file "$local_folder/configuration/mobileapp-service.yaml"
