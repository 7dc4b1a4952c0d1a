"""The design's security rules S1 to S38, and what holds each."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DesignRule:
    """One rule.

    Parameters
    ----------
    says : str
        What it asks for.
    controls : str, default=""
        Numbers of our controls that hold it, with spaces between.
    tests : tuple of str, default=()
        Test files (``"tests/web/test_page.py"``) or tests (``"tests/web/test_page.py::test_x"``).
    lacks : str, default=""
        What is still open, in a phrase.
    """

    says: str
    controls: str = ""
    tests: tuple[str, ...] = ()
    lacks: str = ""


_NETWORK = "tests/templates/test_network.py::"
_LAKE = "tests/templates/test_lake.py::"
_TRACKING = "tests/templates/test_tracking.py::"
_SERVING = "tests/templates/test_serving.py::"
_CONSOLE = "tests/templates/test_console.py::"
_MLFLOW = "tests/contract/test_mlflow_server.py::"
_API = "tests/contract/test_lambda_score_lead.py::"
_NOTIFIER = "tests/contract/test_lambda_notifier.py::"
_FILES = "tests/web/test_files.py::"
_PAGE = "tests/web/test_page.py::"
_LEDGER = "tests/contract/test_ledger.py::"
_REQUESTS = "tests/faults/test_bad_requests.py::"

DESIGN_RULES: dict[str, DesignRule] = {
    "S1": DesignRule(
        says="No action `*`, no whole service, `*` as resource only where AWS allows no less",
        controls="IAM.1 IAM.21 LW.IAM.1",
        tests=("tests/templates/test_permissions.py",),
    ),
    "S2": DesignRule(
        says="No policy of AWS's making",
        controls="LW.IAM.3",
    ),
    "S3": DesignRule(
        says="A role is passed by name, to a named service",
        controls="LW.IAM.1 LW.IAM.2",
    ),
    "S4": DesignRule(
        says="Services take roles on for this account only, where they say for whom",
        controls="LW.IAM.4 KMS.5",
    ),
    "S5": DesignRule(
        says="Nothing listens to everywhere",
        controls="EC2.18 EC2.19",
        tests=(
            _CONSOLE + "test_only_named_networks_reach_the_balancer",
            _CONSOLE + "test_production_stands_behind_a_firewall",
        ),
    ),
    "S6": DesignRule(
        says="Groups say where they may send",
        controls="LW.EC2.1",
        tests=(_NETWORK + "test_every_conversation_is_let_in_and_out",),
    ),
    "S7": DesignRule(
        says="No public addresses, but for NAT",
        controls="EC2.9 EC2.15 EC2.25",
        tests=(_NETWORK + "test_no_subnet_gives_public_addresses_away",),
    ),
    "S8": DesignRule(
        says="Every store is encrypted with our key, which rotates",
        controls="KMS.4 S3.17 RDS.3 RedshiftServerless.4 EC2.3 SQS.1 SNS.1 "
        "LW.DDB.1 LW.LOGS.1 LW.GLUE.3 LW.MWAA.2 LW.SM.1 LW.SM.2 LW.SM.4 "
        "CloudTrail.2",
    ),
    "S9": DesignRule(
        says="TLS only",
        controls="S3.5 LW.S3.1 RDS.38 RedshiftServerless.2 LW.SNS.1 LW.SQS.1 LW.GLUE.5 ELB.1 "
        "ELB.17",
    ),
    "S10": DesignRule(
        says="No secret in templates, assets, repository or logs",
        controls="LW.SECRET.2 LW.LAMBDA.2 ECS.8 LW.RDS.1 LW.RS.1",
        tests=(
            "tests/templates/test_no_secrets.py",
            _TRACKING + "test_user_data_is_bash_that_holds_no_secret",
            _MLFLOW + "test_secrets_are_in_no_command_line_and_no_log",
        ),
    ),
    "S11": DesignRule(
        says="Endpoints have policies; lead data is reached on known ways only",
        controls="LW.EC2.3 LW.S3.2",
        tests=(
            _LAKE + "test_objects_of_leads_are_refused_on_unknown_ways",
            _NETWORK + "test_endpoints_pass_principals_of_this_account_only",
        ),
    ),
    "S12": DesignRule(
        says="Metadata needs tokens; Session Manager only, no key pair, no port 22",
        controls="EC2.8 EC2.18 EC2.19 LW.EC2.2",
        tests=(_TRACKING + "test_the_machine_is_reached_by_session_manager_only",),
    ),
    "S13": DesignRule(
        says="MLflow answers no stranger, no wrong host, no other site",
        tests=(
            _MLFLOW + "test_the_route_table_is_the_whole_server",
            _MLFLOW + "test_a_stranger_gets_401_on_every_route",
            _MLFLOW + "test_a_wrong_host_gets_403",
            _MLFLOW + "test_another_site_cannot_post",
        ),
    ),
    "S14": DesignRule(
        says="Every route of API and console needs sign-in",
        controls="APIGateway.8 LW.ELB.1",
        tests=(
            _SERVING + "test_every_route_needs_a_signature",
            _CONSOLE + "test_the_only_way_in_is_https_with_sign_in",
        ),
    ),
    "S15": DesignRule(
        says="Nobody reads another's results",
        tests=(_FILES + "test_an_id_that_is_none_leads_nowhere",),
        lacks="all who may sign in to a console share its results, under ids that nobody guesses",
    ),
    "S16": DesignRule(
        says="Requests are limited",
        controls="LW.API.1 WAF.12",
        tests=(_SERVING + "test_requests_are_limited_and_logged_without_their_leads",),
    ),
    "S17": DesignRule(
        says="Headers hold a browser back; nothing inline, nothing from elsewhere",
        tests=(
            _FILES + "test_every_answer_carries_the_headers_that_hold_a_browser_back",
            _FILES + "test_pages_hold_nothing_inline_and_nothing_from_elsewhere",
        ),
    ),
    "S18": DesignRule(
        says="Forms from other sites are refused",
        tests=(_FILES + "test_forms_from_other_sites_are_refused",),
    ),
    "S19": DesignRule(
        says="What a lead says is never run",
        tests=(
            _PAGE + "test_what_a_lead_says_is_never_run",
            _PAGE + "test_headers_of_a_hostile_file_are_never_run",
        ),
    ),
    "S20": DesignRule(
        says="Values reach SQL as parameters",
        tests=("tests/faults/test_bad_values.py",),
        lacks="names of tables and columns come from use cases; no test yet reads every statement",
    ),
    "S21": DesignRule(
        says="No name leads out of its folder",
        tests=(
            _REQUESTS + "test_i61_a_file_name_is_never_a_path",
            _FILES + "test_a_file_name_is_shown_and_never_used",
            "tests/pipeline/test_container.py::test_a_folder_in_s3_never_writes_outside_itself",
        ),
    ),
    "S22": DesignRule(
        says="What inflates without end is refused",
        tests=("tests/faults/test_bad_files.py",),
    ),
    "S23": DesignRule(
        says="Formulas leave as text",
        tests=(
            _FILES + "test_formulas_leave_as_text",
            "tests/web/test_invocations.py::test_text_that_a_spreadsheet_would_run_is_answered_as_text",
        ),
    ),
    "S24": DesignRule(
        says="Only listed hosts are called",
        tests=(
            _NOTIFIER + "test_no_other_host_is_ever_asked",
            _NOTIFIER + "test_a_redirect_is_not_followed",
        ),
    ),
    "S25": DesignRule(
        says="No lead enters a log",
        tests=(_API + "test_no_lead_enters_the_log",),
        lacks="held for the API; the run of 10,000 requests with seeded people is to come",
    ),
    "S26": DesignRule(
        says="Errors tell nothing of the inside",
        tests=(
            _REQUESTS + "test_an_error_that_nobody_foresaw_tells_nothing_of_the_server",
            _API + "test_a_failure_behind_the_api_names_no_inner_thing",
        ),
    ),
    "S27": DesignRule(
        says="Locked, hashed, and no known vulnerability",
        tests=(
            "tests/architecture/test_locks.py",
            "tests/contract/test_audit.py",
        ),
        lacks="looked up in CI; the image's operating system is not scanned",
    ),
    "S28": DesignRule(
        says="Containers: no root, no writing, no capabilities",
        controls="ECS.3 ECS.4 ECS.5 ECS.20 LW.ECS.1",
        tests=(_CONSOLE + "test_the_container_can_do_nothing_but_serve",),
        lacks="no test holds the image below 600 MB",
    ),
    "S29": DesignRule(
        says="Workflows: OIDC per environment, actions by commit, least permissions",
        tests=("tests/architecture/test_workflows.py",),
    ),
    "S30": DesignRule(
        says="Reads and writes of leads and models are recorded",
        controls="S3.22 CloudTrail.4",
        tests=(_LAKE + "test_a_trail_watches_every_object_of_the_leads",),
    ),
    "S31": DesignRule(
        says="A row tells of each promotion, rollback, export and feedback, chained by hash",
        controls="LW.DDB.2 LW.DDB.3",
        tests=(
            _LEDGER + "test_an_entry_that_was_changed_removed_or_moved_is_named",
            _LEDGER + "test_a_number_is_given_once",
            "tests/faults/test_crash_points.py",
        ),
        lacks="models from training to rollback, chained by hash; no row for downloads",
    ),
    "S32": DesignRule(
        says="Data ends, and a lead can be erased",
        controls="S3.13 CloudWatch.16",
        lacks="old versions and logs end; erasing one lead everywhere is done by hand",
    ),
    "S33": DesignRule(
        says="A model is loaded only as it was released",
        tests=("tests/faults/test_untrusted_package.py",),
    ),
    "S34": DesignRule(
        says="No second registry that could slip a package in",
        tests=("tests/architecture/test_locks.py::test_a_lock_names_no_registry_and_no_path",),
    ),
    "S35": DesignRule(
        says="cdk-nag without open finding, reasons counted and capped",
        tests=(
            "tests/templates/test_nag.py",
            "tests/templates/test_security_page.py",
        ),
    ),
    "S36": DesignRule(
        says="CloudFormation's schema and policies are linted offline",
        tests=(
            "tests/templates/test_cfn_lint.py",
            "tests/templates/test_permissions.py",
        ),
        lacks="checkov is not run beside cfn-lint, cdk-nag and our controls",
    ),
    "S37": DesignRule(
        says="Taking any property away is noticed",
        tests=("tests/templates/test_policy.py::test_taking_a_property_away_breaks_a_control",),
    ),
    "S38": DesignRule(
        says="Whatever is sent, the answer is no 5xx and no row is lost",
        tests=(
            _REQUESTS + "test_whatever_the_bytes_the_answer_is_no_5xx",
            _REQUESTS + "test_i64_whatever_the_document_the_answer_is_no_5xx",
            "tests/unit/intake/test_readers.py::test_any_bytes_are_read_or_refused",
        ),
        lacks="hypothesis makes the cases, fewer than the design names",
    ),
}
