#!/bin/sh
# {{ header }}
# Runs a command of civicapp as the units do: same user, settings, secrets and folder. As root:
#   sh {{ place.bundle }}/systemd/command.sh doctor {{ place.bundle }}
set -eu
unit="civicapp-{{ facts.region }}-command-$$.service"
credentials="/run/credentials/$unit"
exec systemd-run --quiet --collect --wait --pty --pipe --unit="$unit" \
  --property=User=civicapp \
  --property=Group=civicapp \
  --property=UMask=0077 \
  --property="StateDirectory=civicapp/{{ facts.region }}" \
  --property=StateDirectoryMode=0700 \
  --property="WorkingDirectory={{ place.data }}" \
{% for name, value in environment.items() %}
  --setenv="{{ name }}={{ value }}" \
{% endfor %}
{% for secret in facts.secrets %}
{% if secret.optional %}
  --property='SetCredential={{ secret.name }}:\n' \
{% endif %}
  --property="LoadCredential={{ secret.name }}:/etc/civicapp/{{ facts.region }}/secrets/{{ secret.name }}" \
  --setenv="{{ secret.variable }}=$credentials/{{ secret.name }}" \
{% endfor %}
  --property="EnvironmentFile=/etc/civicapp/{{ facts.region }}/.env" \
  -- {{ place.venv }}/bin/civicapp "$@"
