"""What the DAG starts, reads and tells: the parts of other stacks that Airflow is let at."""

from dataclasses import dataclass

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from ml.contract.cloud_settings import RetrainDagSettings
from ml.contract.places import runs_prefix


@dataclass(frozen=True, kw_only=True)
class DagWork:
    """Parts that the DAG works with.

    Parameters
    ----------
    use_case : str
        Whose model is trained.
    raw, artifacts : IBucket
        Of files as they came, and of what jobs say.
    data_key : IKey
        Encrypts both.
    crawler, job : str
        Names of the crawler that lists the lake, and of the job that cleans a file.
    pipeline, pipeline_arn : str
        The SageMaker pipeline whose jobs the DAG starts.
    job_role_arn : str
        What those jobs are.
    topic_arn : str
        Where people hear of a task that failed.
    """

    use_case: str
    raw: s3.IBucket
    artifacts: s3.IBucket
    data_key: kms.IKey
    crawler: str
    job: str
    pipeline: str
    pipeline_arn: str
    job_role_arn: str
    topic_arn: str

    def settings(self, patience_minutes: int) -> RetrainDagSettings:
        """What the DAG is told of it.

        Parameters
        ----------
        patience_minutes : int
            How long a run may take.
        """
        return RetrainDagSettings(
            use_case=self.use_case,
            pipeline=self.pipeline_arn,
            raw_bucket=self.raw.bucket_name,
            crawler=self.crawler,
            glue_job=self.job,
            runs_uri=self.artifacts.s3_url_for_object(runs_prefix(self.use_case)),
            alerts=self.topic_arn,
            patience_minutes=patience_minutes,
        )
