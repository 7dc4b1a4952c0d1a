"""What Glue runs: jobs, crawlers, triggers."""

from __future__ import annotations

from rehearsal.cloud.model import Model, Properties


class Job(Model):
    """A Spark job."""

    type = "AWS::Glue::Job"
    name_property = "Name"
    unproven = "that the job runs; its code runs on Spark in the tests"

    def create(self) -> None:
        self.client("glue").create_job(Name=self.name, Tags=self.tag_map(), **self._asked())
        self.ref = self.name

    def update(self, before: Properties) -> None:
        self.client("glue").update_job(JobName=self.name, JobUpdate=self._asked())

    def delete(self) -> None:
        self.client("glue").delete_job(JobName=self.name)

    def _asked(self) -> Properties:
        given = self.without("Name", "Tags")
        if "MaxRetries" in given:
            given["MaxRetries"] = int(given["MaxRetries"])
        return given


class Crawler(Model):
    """What reads the schema of new files."""

    type = "AWS::Glue::Crawler"
    name_property = "Name"
    unproven = "that the crawler understands the files"

    def create(self) -> None:
        self.client("glue").create_crawler(Name=self.name, Tags=self.tag_map(), **self._asked())
        self.ref = self.name

    def update(self, before: Properties) -> None:
        # moto has no update_crawler.
        self.delete()
        self.create()

    def delete(self) -> None:
        self.client("glue").delete_crawler(Name=self.name)

    def _asked(self) -> Properties:
        given = self.without("Name", "Tags")
        if "Schedule" in given:
            given["Schedule"] = given["Schedule"]["ScheduleExpression"]
        return given


class Trigger(Model):
    """What starts jobs and crawlers."""

    type = "AWS::Glue::Trigger"
    name_property = "Name"
    unproven = "that the trigger fires"

    def create(self) -> None:
        given = self.without("Name", "Tags")
        if "Predicate" in given:
            given["Predicate"] = {"Logical": "AND"} | given["Predicate"]  # moto knows no default
        self.client("glue").create_trigger(Name=self.name, Tags=self.tag_map(), **given)
        self.ref = self.name

    def update(self, before: Properties) -> None:
        # moto has no update_trigger.
        self.delete()
        self.create()

    def delete(self) -> None:
        self.client("glue").delete_trigger(Name=self.name)
