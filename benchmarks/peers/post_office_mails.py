"""django-post_office's emails a second, queued and sent, with the number of threads that does best."""

import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

given = json.loads(sys.argv[1])
parts = urlsplit(given["url"])
host = parse_qs(parts.query).get("host", [parts.hostname])[0]
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.strip("/"),
            "USER": parts.username or "postgres",
            "PASSWORD": parts.password or "",
            "HOST": host,
            "PORT": parts.port or "",
            "CONN_MAX_AGE": 600,
        }
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    EMAIL_BACKEND="post_office.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=given["port"],
    POST_OFFICE={"BATCH_SIZE": 1000, "LOG_LEVEL": 1},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    SECRET_KEY="bench",
)
django.setup()

from django.core.management import call_command  # noqa: E402
from post_office import mail  # noqa: E402
from post_office.models import EmailTemplate  # noqa: E402

call_command("migrate", verbosity=0)
EmailTemplate.objects.create(
    name="started", subject="{{ title }} is on press", content="{{ text }}", html_content="<p>{{ text }}</p>"
)


def a_second(messages: int, threads: int) -> float:
    began = time.perf_counter()
    mail.send_many(
        [
            {
                "sender": "hello@example.com",
                "recipients": [f"c{n}@example.com"],
                "template": "started",
                "context": {"title": f"Club shirts {n}", "text": "Your order is on press. " * 60},
            }
            for n in range(messages)
        ]
    )
    while mail.get_queued().exists():
        mail.send_queued(processes=1, log_level=1)
    return messages / (time.perf_counter() - began)


best = (0.0, 0)
for threads in (1, 4, 8):
    settings.POST_OFFICE["THREADS_PER_PROCESS"] = threads
    best = max(best, (a_second(given["messages"], threads), threads))
print(json.dumps({"a_second": best[0], "threads": best[1]}))
