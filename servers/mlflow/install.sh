#!/usr/bin/env bash
# Turn a fresh Amazon Linux 2023 (ARM) into the MLflow server. Run once, by user data, as root.
# Expects this folder in /opt/leadwise/servers/mlflow and the settings in /etc/leadwise/mlflow.env.
set -euo pipefail

home=/opt/leadwise
here=$home/servers/mlflow
agent=/opt/aws/amazon-cloudwatch-agent

# First, so that whatever fails below can be read after the machine is gone.
dnf install -y --setopt=install_weak_deps=False amazon-cloudwatch-agent
install -d -m 0750 /var/log/leadwise
sed "s|LOG_GROUP|$LEADWISE_LOG_GROUP|" "$here/cloudwatch-agent.json" >"$agent/etc/leadwise.json"
"$agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$agent/etc/leadwise.json"
install -m 0644 "$here/logrotate" /etc/logrotate.d/leadwise

dnf install -y --setopt=install_weak_deps=False python3.12 python3.12-pip
useradd --system --user-group --home-dir /nonexistent --shell /sbin/nologin mlflow
python3.12 -m venv "$home/venv"
"$home/venv/bin/pip" install --no-cache-dir --disable-pip-version-check \
  --require-hashes --only-binary :all: -r "$home/requirements/mlflow.txt"

# The authorities that vouch for the database's certificate; RDS adds to them over the years.
curl --fail --silent --show-error --proto '=https' --tlsv1.2 --retry 5 \
  --output /etc/leadwise/rds-ca.pem \
  "https://truststore.pki.rds.amazonaws.com/$AWS_DEFAULT_REGION/$AWS_DEFAULT_REGION-bundle.pem"
chmod 0644 /etc/leadwise/rds-ca.pem /etc/leadwise/mlflow.env

install -m 0644 "$here"/*.service "$here"/*.timer /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now leadwise-mlflow.service

# The deployment waits for this: a server that nobody can use is none.
set -a
. /etc/leadwise/mlflow.env
set +a
cd "$home"
venv/bin/python -m servers.mlflow.health --wait
systemctl enable --now leadwise-mlflow-health.timer
