# SPDX-License-Identifier: Apache-2.0
"""R77: walks through the portal in a real headless Chromium and tells what ran and what was shown.

Reads one JSON object from standard input and prints one to standard output:
  origin, port      what the portal calls itself, and where it listens on this machine
  user, password    of a person whose names are hostile; passcode: of now
  agent             the User-Agent to send
  typed             hostile texts for the form of the sign-in page
  paths             hostile paths to open
  screenshots       a folder
"""
import json
import sys

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PLAN = json.load(sys.stdin)
BASE = PLAN["origin"] + "/enroll"
HOST = PLAN["origin"].removeprefix("https://")
RAN = "return [window.pwned === undefined, document.querySelectorAll('img[src=\"x\"], svg[onload]').length]"
# Told by the browser itself, also of what a policy stopped: stopped is well, but it ought not to be there at all.
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
"""


def browser():
    options = Options()
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1100,1400",
        "--ignore-certificate-errors", "--no-proxy-server", "--lang=en",
        f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{PLAN['port']},EXCLUDE localhost",
    ):
        options.add_argument(argument)
    if "agent" in PLAN:
        options.add_argument(f"--user-agent={PLAN['agent']}")
    options.binary_location = "/usr/bin/chromium"
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(30)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    return driver


def look(driver, name, pages):
    """Notes what ran on the page that is open, and what a person reads there."""
    try:
        alert = driver.switch_to.alert.text
        driver.switch_to.alert.dismiss()
    except NoAlertPresentException:
        alert = None
    clean, elements = driver.execute_script(RAN)
    pages.append({
        "name": name, "path": driver.current_url.removeprefix(PLAN["origin"]), "ran": not clean, "alert": alert,
        "elements": elements, "violations": driver.execute_script("return window.violations || []"),
        "text": driver.find_element(By.TAG_NAME, "body").text,
        "scripts": [script.get_attribute("src") for script in driver.find_elements(By.TAG_NAME, "script")],
        "headings": [heading.text for heading in driver.find_elements(By.TAG_NAME, "h2")],
    })
    driver.save_screenshot(f"{PLAN['screenshots']}/{len(pages):02d}-{name}.png")


def sign_in(driver, user, password):
    driver.get(BASE + "/")
    field = driver.find_element(By.ID, "user")
    field.clear()
    field.send_keys(user)
    driver.find_element(By.ID, "password").send_keys(password)
    driver.find_element(By.CSS_SELECTOR, "form[action$='/sign-in'] button").click()


def main():
    pages = []
    driver = browser()
    try:
        for text in PLAN["typed"]:
            sign_in(driver, text, text)
            look(driver, "refused", pages)
            pages[-1]["typed"] = driver.find_element(By.ID, "user").get_attribute("value")
        for path in PLAN["paths"]:
            driver.get(BASE + path)
            look(driver, "unknown-path", pages)
        sign_in(driver, PLAN["user"], PLAN["password"])
        look(driver, "choice", pages)
        driver.find_element(By.CSS_SELECTOR, "button[value='passcode']").click()
        look(driver, "passcode", pages)
        driver.find_element(By.ID, "passcode").send_keys(PLAN["passcode"])
        driver.find_element(By.CSS_SELECTOR, "form[action$='/sign-in/passcode'] button").click()
        look(driver, "factors", pages)
        driver.find_element(By.CSS_SELECTOR, "form.account button").click()
        look(driver, "signed-out", pages)
        # A script that is let in must be seen, or this whole walk shows nothing.
        driver.get("data:text/html,<script>window.pwned = 1</script><img src=x>")
        look(driver, "control", pages)
    finally:
        driver.quit()
    json.dump({"pages": pages}, sys.stdout)


main()
