# SPDX-License-Identifier: Apache-2.0
"""R77: walks through the portal in a real headless Chromium and tells what ran and what was shown.

Reads one JSON object from standard input and prints one to standard output:
  origin, port      what the portal calls itself, and where it listens on this machine
  user, password    of a person whose names are hostile and as long as they may be
  passcode          a right one that does not age
  agent             the User-Agent to send
  typed             hostile texts for the form of the sign-in page
  typedPasscodes    hostile texts for the form of the passcode page
  paths             hostile paths to open
  screenshots       a folder

Before that it prints "waiting NUMBER" twice, while the page that waits for the phone is open: the first time the person
denies on the phone, the second time they type the number.
"""
import json
import sys
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PLAN = json.load(sys.stdin)
BASE = PLAN["origin"] + "/enroll"
HOST = PLAN["origin"].removeprefix("https://")
# Seconds for what a person's phone and the page's own script do; generous, because nobody measures them here.
PATIENCE = 90
RAN = "return [window.pwned === undefined, document.querySelectorAll('img[src=\"x\"], svg[onload]').length]"
# Told by the browser itself, also of what a policy stopped: stopped is well, but it ought not to be there at all.
# How far a page is wider than its window, which a name without a space could make it.
WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
WHO = "return document.querySelector('.who')?.textContent.trim()"
USER = "return document.getElementById('user')?.value"
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
        "alerts": [alert.text for alert in driver.find_elements(By.CSS_SELECTOR, "[role='alert']")],
        "typed": driver.execute_script(USER), "who": driver.execute_script(WHO),
        "wider": driver.execute_script(WIDER),
    })
    driver.save_screenshot(f"{PLAN['screenshots']}/{len(pages):02d}-{name}.png")


def sign_in(driver, user, password):
    driver.get(BASE + "/")
    field = driver.find_element(By.ID, "user")
    field.clear()
    field.send_keys(user)
    driver.find_element(By.ID, "password").send_keys(password)
    click(driver, "form[action$='/sign-in'] button")


def click(driver, selector):
    """Sends a form, and waits for the page that answers it: a busy browser is a while longer on the one it came from."""
    driver.execute_script("window.left = true")
    driver.find_element(By.CSS_SELECTOR, selector).click()
    arrive(driver, "window.left === undefined")


def arrive(driver, where):
    """Waits until a page is open, and whole, that meets a condition; the one that is open may go at any moment."""
    wait = WebDriverWait(driver, PATIENCE, ignored_exceptions=[WebDriverException])
    wait.until(lambda page: page.execute_script(f"return document.readyState === 'complete' && {where}"))


def narrow(driver):
    """From now on the window is as wide as that of a phone."""
    metrics = {"width": 360, "height": 1400, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def forge(driver, pages):
    """Sends the sign-in form with something else in the place of its token."""
    driver.get(BASE + "/")
    driver.execute_script("document.querySelector('input[name=token]').value = arguments[0]", PLAN["typed"][1])
    driver.find_element(By.ID, "user").send_keys(PLAN["typed"][0])
    driver.find_element(By.ID, "password").send_keys(PLAN["typed"][0])
    click(driver, "form[action$='/sign-in'] button")
    look(driver, "forged", pages)


def refuse(driver, pages):
    """Whatever is refused before anybody has signed in."""
    for text in PLAN["typed"]:
        sign_in(driver, text, text)
        look(driver, "refused", pages)
    forge(driver, pages)
    for path in PLAN["paths"]:
        driver.get(BASE + path)
        look(driver, "unknown-path", pages)


def by_passcode(driver, pages):
    """Signs in by a passcode, after some that are none, and out again."""
    sign_in(driver, PLAN["user"], PLAN["password"])
    look(driver, "choice", pages)
    click(driver, "button[value='passcode']")
    look(driver, "passcode", pages)
    for passcode in PLAN["typedPasscodes"] + [PLAN["passcode"]]:
        driver.find_element(By.ID, "passcode").send_keys(passcode)
        click(driver, "form[action$='/sign-in/passcode'] button")
        look(driver, "factors" if passcode == PLAN["passcode"] else "refused-passcode", pages)
    narrow(driver)
    look(driver, "factors-narrow", pages)
    click(driver, "form.account button")
    look(driver, "signed-out", pages)


def by_phone(driver, then, arrived, pages):
    """Waits for the phone, and looks at what the page's own script makes of the answer."""
    sign_in(driver, PLAN["user"], PLAN["password"])
    look(driver, "choice-narrow", pages)
    click(driver, "button[value='push']")
    look(driver, "wait", pages)
    click(driver, "form[data-wait] button")
    look(driver, "wait-again", pages)
    driver.get(BASE + "/sign-in/wait?number=" + urllib.parse.quote(PLAN["typed"][1]))
    look(driver, "wait-query", pages)
    print("waiting", driver.find_element(By.ID, "number").text, flush=True)
    arrive(driver, arrived)
    look(driver, then, pages)


def main():
    pages = []
    driver = browser()
    try:
        refuse(driver, pages)
        by_passcode(driver, pages)
        by_phone(driver, "denied", "document.getElementById('user') !== null", pages)
        by_phone(driver, "approved", "location.pathname.endsWith('/factors')", pages)
        # A script that is let in must be seen, or this whole walk shows nothing.
        driver.get("data:text/html,<script>window.pwned = 1</script><img src=x>")
        look(driver, "control", pages)
    finally:
        driver.quit()
    json.dump({"pages": pages}, sys.stdout)


main()
